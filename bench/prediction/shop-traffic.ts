import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Minutes } from '../../forecast/minutes';
import { ROOT } from '../measure';

/**
 * Traffic of the shop, generated from the one real day of orders in shop/data/. The times of the
 * orders within the day and their numbers of lines are real. Everything in {@link ASSUMED} is
 * assumed, because one day's data doesn't show it. A buyer first searches, then fills the basket,
 * then checks out. So searches and baskets precede checkouts by some minutes.
 */
export interface ShopTraffic {
  readonly checkout: Minutes;
  readonly search: Minutes;
  readonly basket: Minutes;
  /**
   * The campaigns, with the data that their planner would know: start, end, and peak as a multiple
   * of usual visits.
   */
  readonly campaigns: readonly Campaign[];
}

/** A demand peak after a mailing or a mention in the press. */
export interface Campaign {
  /** Minute since 1970 of the first visits. */
  readonly from: number;
  /** End of the campaign's effect, in minutes since 1970. */
  readonly until: number;
  /** Visits at the peak, as a multiple of usual visits. */
  readonly factor: number;
}

export interface ShopTrafficOptions {
  /** @default 6 */
  readonly weeks?: number;
  /** @default 1 */
  readonly seed?: number;
  /**
   * Mean number of checkouts per minute without campaigns. By default 100. The real day has 0.1.
   */
  readonly checkoutsPerMinute?: number;
  /** Campaigns per week. By default 2. */
  readonly campaignsPerWeek?: number;
}

/** Assumed parameters, which the data of one real day can't show. Times are in minutes. */
export const ASSUMED = {
  /**
   * Factors of the days of the week, beginning with Monday. Business customers order less at the
   * weekend.
   */
  weekdays: [1, 1.05, 1.05, 1.1, 0.95, 0.4, 0.6],
  growthPerWeek: 0.01,
  /** Standard deviation of the logarithm of a day's level. */
  dayLevel: 0.12,
  /**
   * Random variation of the rate within a day: standard deviation of the rate's logarithm, and
   * correlation time.
   */
  wander: { deviation: 0.06, memory: 45 },
  /** Width of the Gaussian kernel that smooths the real day's orders. */
  smoothing: 20,
  /** Share of sessions that buy. */
  conversion: 0.04,
  buyer: { searches: 4, searchPhase: 6, longestSearchPhase: 30, perLine: 0.6, longestBasketPhase: 10, goes: 8 },
  /** Sessions without a purchase are shorter. Some of these visitors fill a basket. */
  browser: { searches: 2.5, stay: 4, longestStay: 20, abandonedBaskets: 0.1, goes: 2 },
  campaign: {
    /** Minimum and maximum of the visits at the peak, as a multiple of usual visits. */
    factor: [2.5, 6],
    /**
     * Minimum and maximum of the purchase rate of a campaign's visitors, as a multiple of the usual
     * rate. A planner doesn't know this rate.
     */
    conversion: [0.5, 1.1],
    rise: 5,
    fall: 40,
    /** Local hours between which a campaign may start. */
    hours: [9, 16],
  },
} as const;

const DAY = 1440;
/** Monday, 1 November 2010, so that the real day is the Wednesday of the fifth week. */
const START = Date.UTC(2010, 10, 1) / 60_000;
const CSV = join(ROOT, 'shop', 'data', 'online-retail-2010-12-01.csv');

/** Generates the traffic. The same options give the same traffic on every machine. */
export function shopTraffic(options: ShopTrafficOptions = {}): ShopTraffic {
  const { weeks = 6, seed = 1, checkoutsPerMinute = 100, campaignsPerWeek = 2 } = options;
  const random = randomFrom(seed);
  const orders = realOrders();
  const length = weeks * 7 * DAY;
  const usual = usualRate(orders.minutes, length, random).map((rate) => rate * checkoutsPerMinute);
  const { boost, bought, campaigns } = plan(Math.round(weeks * campaignsPerWeek), length, random);
  const counts = { checkout: empty(length), search: empty(length), basket: empty(length) };

  for (let minute = 0; minute < length; minute++) {
    const buyers = poisson(usual[minute]! * (1 + boost[minute]! * bought[minute]!), random);
    for (let i = 0; i < buyers; i++) buy(minute + random(), orders.sizes, random, counts);
  }
  const visits = usual.map(
    (rate, minute) => (rate * (1 + boost[minute]!) * (1 - ASSUMED.conversion)) / ASSUMED.conversion,
  );
  browse(visits, random, counts);

  const minutes = (values: Float64Array): Minutes => ({ start: START, values });
  return {
    checkout: minutes(counts.checkout),
    search: minutes(counts.search),
    basket: minutes(counts.basket),
    campaigns: campaigns.map((one) => ({ ...one, from: one.from + START, until: one.until + START })),
  };
}

interface Counts {
  readonly checkout: Float64Array;
  readonly search: Float64Array;
  readonly basket: Float64Array;
}

type Random = () => number;

/**
 * Adds one buyer's requests: searches first, then a few requests for the basket, then the checkout.
 */
function buy(start: number, sizes: readonly number[], random: Random, counts: Counts): void {
  const { searches, searchPhase, longestSearchPhase, perLine, longestBasketPhase, goes } = ASSUMED.buyer;
  const lines = sizes[Math.floor(random() * sizes.length)]!;
  const searching = Math.min(longestSearchPhase, exponential(searchPhase, random));
  const filling = Math.min(longestBasketPhase, 1 + lines * perLine * (0.5 + random()));
  const checkout = start + searching + filling;
  for (let i = poisson(searches - 1, random); i >= 0; i--) {
    add(counts.search, start + random() * (searching + filling - 1));
  }
  // Customers of a business select several lines and put them into the basket together, so there
  // are at most `goes` requests.
  for (let i = Math.min(lines, goes); i > 0; i--) add(counts.basket, checkout - 1 - random() * (filling - 1));
  add(counts.checkout, checkout);
}

/**
 * Adds the requests of visitors who don't buy. There are millions of independent visitors. So their
 * requests aren't generated one by one, but drawn as random counts per minute. The mean of a minute
 * comes from the number of visits, distributed over the duration of a visit.
 */
function browse(visits: Float64Array, random: Random, counts: Counts): void {
  const { searches, stay, longestStay, abandonedBaskets, goes } = ASSUMED.browser;
  const when = new Float64Array(longestStay + 1);
  const SAMPLES = 20_000;
  for (let i = 0; i < SAMPLES; i++) {
    const length = Math.min(longestStay, exponential(stay, random));
    when[Math.floor(random() + random() * length)]! += 1 / SAMPLES;
  }
  for (let minute = 0; minute < visits.length; minute++) {
    let present = 0;
    for (let ago = 0; ago < when.length && ago <= minute; ago++) present += when[ago]! * visits[minute - ago]!;
    counts.search[minute]! += poisson(present * searches, random);
    counts.basket[minute]! += poisson(present * abandonedBaskets * goes, random);
  }
}

/**
 * The usual checkouts of each minute, with a mean near 1. The shape of a day is real. All other
 * parameters are assumed.
 */
function usualRate(orders: readonly number[], length: number, random: Random): Float64Array {
  const shape = smoothed(orders);
  const weekdays = ASSUMED.weekdays.map(
    (one) => (one * 7) / ASSUMED.weekdays.reduce<number>((sum, other) => sum + other, 0),
  );
  const { deviation, memory } = ASSUMED.wander;
  const kept = Math.exp(-1 / memory);
  const levels = Array.from({ length: length / DAY }, () => Math.exp(ASSUMED.dayLevel * normal(random)));
  let wander = 0;
  return Float64Array.from({ length }, (_, minute) => {
    const day = Math.floor(minute / DAY);
    wander = kept * wander + Math.sqrt(1 - kept * kept) * deviation * normal(random);
    const growth = (1 + ASSUMED.growthPerWeek) ** (minute / (7 * DAY));
    // The shape is read some minutes ahead, because a session starts before its checkout.
    return shape[(minute + USUAL_LAG) % DAY]! * weekdays[day % 7]! * levels[day]! * growth * Math.exp(wander);
  });
}

/** Approximate minutes from the start of a buyer's session to the checkout. */
const USUAL_LAG = 12;

/**
 * Converts the orders of one day to a rate with a mean of 1. It uses a Gaussian kernel that
 * continues across midnight.
 */
function smoothed(orders: readonly number[]): Float64Array {
  const rate = new Float64Array(DAY);
  for (const order of orders) {
    for (let minute = 0; minute < DAY; minute++) {
      const apart = Math.min(Math.abs(minute - order), DAY - Math.abs(minute - order)) / ASSUMED.smoothing;
      rate[minute]! += Math.exp((-apart * apart) / 2);
    }
  }
  const mean = rate.reduce((sum, one) => sum + one) / DAY;
  return rate.map((one) => one / mean);
}

/**
 * Plans campaigns on random days. `boost` contains each minute's additional visits, as a multiple
 * of usual visits. `bought` contains the purchase rate of these visitors, as a multiple of the
 * usual rate.
 */
function plan(count: number, length: number, random: Random) {
  const { factor, conversion, rise, fall, hours } = ASSUMED.campaign;
  const between = ([low, high]: readonly [number, number]) => low + (high - low) * random();
  const boost = new Float64Array(length);
  const bought = new Float64Array(length).fill(1);
  const campaigns: Campaign[] = [];
  const days = shuffled(length / DAY, random)
    .slice(0, count)
    .sort((a, b) => a - b);
  for (const day of days) {
    const from = day * DAY + Math.floor(between(hours) * 60);
    const peak = between(factor);
    const readiness = between(conversion);
    const until = Math.min(length, from + 3 * fall);
    const curve = (age: number) => (1 - Math.exp(-age / rise)) * Math.exp(-age / fall);
    const highest = Math.max(...Array.from({ length: until - from }, (_, age) => curve(age)));
    for (let minute = from; minute < Math.min(length, from + 6 * fall); minute++) {
      boost[minute] = ((peak - 1) * curve(minute - from)) / highest;
      bought[minute] = readiness;
    }
    campaigns.push({ from, until, factor: peak });
  }
  return { boost, bought, campaigns };
}

/**
 * Reads the minute of the day and the number of lines of each real order. Cancellations are
 * ignored.
 */
function realOrders(): { minutes: number[]; sizes: number[] } {
  const rows = parse(readFileSync(CSV), { columns: true }) as { InvoiceNo: string; InvoiceDate: string }[];
  const orders = new Map<string, { minute: number; lines: number }>();
  for (const { InvoiceNo, InvoiceDate } of rows) {
    if (InvoiceNo.startsWith('C')) continue;
    const [hour, minute] = InvoiceDate.slice(11, 16).split(':').map(Number);
    const order = orders.get(InvoiceNo) ?? { minute: hour! * 60 + minute!, lines: 0 };
    order.lines++;
    orders.set(InvoiceNo, order);
  }
  const all = [...orders.values()];
  return { minutes: all.map(({ minute }) => minute), sizes: all.map(({ lines }) => lines) };
}

/**
 * Counts a request. Requests after the last minute of the series are dropped.
 */
function add(counts: Float64Array, at: number): void {
  const minute = Math.floor(at);
  if (minute < counts.length) counts[minute]!++;
}

function empty(length: number): Float64Array {
  return new Float64Array(length);
}

/** Random number generator Mulberry32. It gives the same numbers on every machine. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function exponential(mean: number, random: Random): number {
  return -mean * Math.log(1 - random());
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/**
 * A random number with a Poisson distribution. For a large mean, it is a rounded normally
 * distributed number, because this is faster.
 */
function poisson(mean: number, random: Random): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; count++) product *= random();
  return count;
}

function shuffled(count: number, random: Random): number[] {
  const all = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [all[i], all[other]] = [all[other]!, all[i]!];
  }
  return all;
}
