import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { initialSlots } from '../lib/protocol';
import { type ExpectedOrder, expectedOf, pounds } from '../shop/reconcile/expected';
import { ownerOf, slotFor } from '../shop/reconcile/slots';
import { ROOT } from './run';

/**
 * Draws the shop's day of sales as a moving picture for README: each order of the file goes at its
 * time through the edge into the shard that owns its customer, and through three workers.
 * `node --import tsx scripts/day-picture-of-shop.ts` writes docs/images/day.svg; a test holds it to
 * the file.
 */

const ORDERS = join(ROOT, 'shop', 'data', 'online-retail-2010-12-01.csv');
export const PICTURE = join(ROOT, 'docs', 'images', 'day.svg');

const SHARDS = 4;
const WIDTH = 880;
const HEIGHT = 300;
/** Hours that the picture shows. */
const [OPENS, CLOSES] = [8, 18];
/** Seconds of a cycle, and those of an order's way. */
const CYCLE_S = 24;
const DAY_S = 20;
const WAY_S = 3;
/** Intervals of the counter. */
const FRAMES = 40;
/** Places of an order's way, from left to right. */
const STOPS = { edge: 120, checkout: 250, shard: 400, payments: 540, invoices: 640, mail: 740, done: 840 };
const LANE_TOP = 70;
const LANE_GAP = 36;
const MIDDLE = LANE_TOP + (LANE_GAP * (SHARDS - 1)) / 2;
const AXIS = 262;

const round = (value: number): string => String(Math.round(value * 10) / 10);
const lane = (shard: number): number => LANE_TOP + shard * LANE_GAP;
const percent = (seconds: number): string => `${round((100 * seconds) / CYCLE_S)}%`;

/** Seconds of the cycle at which the clock shows that time. */
function secondOf(order: ExpectedOrder): number {
  const [, hours, minutes] = /T(\d\d):(\d\d)/.exec(order.placedAt) ?? [];
  const hour = Number(hours) + Number(minutes) / 60;
  return ((hour - OPENS) / (CLOSES - OPENS)) * DAY_S;
}

/** Steps of the way: the share of its time at which an order has come to a place. */
function keyframes(shard: number): string {
  const way: [number, number, number][] = [
    [0, 30, MIDDLE],
    [0.12, STOPS.edge, MIDDLE],
    [0.28, STOPS.checkout, MIDDLE],
    [0.45, STOPS.shard, lane(shard)],
    [0.6, STOPS.payments, lane(shard)],
    [0.74, STOPS.invoices, lane(shard)],
    [0.88, STOPS.mail, lane(shard)],
    [1, STOPS.done, MIDDLE],
  ];
  const steps = way.map(
    ([at, x, y]) => `${percent(at * WAY_S)}{transform:translate(${x}px,${round(y)}px);opacity:${at === 0 ? 0 : 1}}`,
  );
  return `@keyframes s${shard}{${steps.join('')}${percent(WAY_S + 0.2)},100%{transform:translate(${STOPS.done}px,${MIDDLE}px);opacity:0}}`;
}

/** Orders as dots: more lines make a larger dot, and a refund is hollow. */
function dots(orders: readonly ExpectedOrder[], slots: string): string[] {
  return orders.map((order) => {
    const shard = ownerOf(slots, slotFor(order.customerId));
    const radius = 2.5 + Math.sqrt(order.lines.length) / 2;
    const delay = secondOf(order);
    const kind = order.refund ? ' class="d r"' : ' class="d"';
    return `<circle${kind} r="${round(radius)}" style="animation-name:s${shard};animation-delay:${round(delay)}s"/>`;
  });
}

/** The number of orders and their sum so far, one text for each interval of the day. */
function counters(orders: readonly ExpectedOrder[]): string[] {
  const step = DAY_S / FRAMES;
  return Array.from({ length: FRAMES }, (_, frame) => {
    const until = (frame + 1) * step;
    const done = orders.filter((order) => secondOf(order) <= until);
    const sum = done.reduce((total, { total: amount }) => total + amount, 0n);
    const hour = OPENS + ((CLOSES - OPENS) * until) / DAY_S;
    const clock = `${Math.floor(hour)}:${String(Math.round((hour % 1) * 60)).padStart(2, '0')}`;
    const last = frame === FRAMES - 1;
    const style = `animation-name:${last ? 'z' : 'f'};animation-delay:${round(frame * step)}s`;
    return `<text class="n${last ? ' last' : ''}" x="30" y="34" style="${style}">${clock}  ${done.length} orders, £${pounds(sum)}</text>`;
  });
}

/** Orders of each quarter of an hour, below the clock's line. */
function bars(orders: readonly ExpectedOrder[]): string[] {
  const counts = new Array<number>((CLOSES - OPENS) * 4).fill(0);
  for (const order of orders) counts[Math.floor((secondOf(order) / DAY_S) * counts.length)]! += 1;
  const width = (WIDTH - 60) / counts.length;
  return counts.flatMap((count, i) =>
    count === 0
      ? []
      : [
          `<rect class="b" x="${round(30 + i * width)}" y="${AXIS - count * 4}" width="${round(width - 2)}" height="${count * 4}"/>`,
        ],
  );
}

/** The picture, the same for the same file. */
export function dayPicture(csv: string): string {
  const { orders } = expectedOf(csv);
  const slots = initialSlots(SHARDS);
  const total = pounds(orders.reduce((sum, order) => sum + order.total, 0n));
  const label = (x: number, text: string): string => `<text class="l" x="${x}" y="${AXIS - 42}">${text}</text>`;
  const frame = DAY_S / FRAMES;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="t">`,
    `<title id="t">A day of sales: ${orders.length} orders of £${total} go through the edge into ${SHARDS} shards, and through three workers</title>`,
    '<style>',
    'text{font:13px system-ui,sans-serif;fill:#555}.n{font-size:17px;fill:#1f4e79;opacity:0;white-space:pre}.l{text-anchor:middle}',
    '.w{stroke:#bbb;fill:none}.b{fill:#9db8d2}.c{stroke:#d1495b;stroke-width:2}.d{fill:#1f4e79;opacity:0}.r{fill:#fff;stroke:#d1495b;stroke-width:1.5}',
    `.d,.n,.c{animation:${CYCLE_S}s linear infinite}`,
    ...Array.from({ length: SHARDS }, (_, shard) => keyframes(shard)),
    `@keyframes f{0%,${percent(frame)}{opacity:1}${percent(frame + 0.01)},100%{opacity:0}}`,
    `@keyframes z{0%,${percent(CYCLE_S - DAY_S + frame)}{opacity:1}${percent(CYCLE_S - DAY_S + frame + 0.01)},100%{opacity:0}}`,
    `@keyframes k{0%{transform:none}${percent(DAY_S)},100%{transform:translateX(${WIDTH - 60}px)}}.c{animation-name:k}`,
    // Somebody who wants no motion sees the day's end.
    '@media(prefers-reduced-motion:reduce){.d,.n,.c{animation:none}.last{opacity:1}}',
    '@media(prefers-color-scheme:dark){text{fill:#bbb}.n{fill:#9cc3ea}.d{fill:#9cc3ea}.r{fill:#222}.b{fill:#456}}',
    '</style>',
    `<path class="w" d="M30 ${MIDDLE}H${STOPS.checkout}"/>`,
    ...Array.from(
      { length: SHARDS },
      (_, shard) =>
        `<path class="w" d="M${STOPS.checkout} ${MIDDLE}L${STOPS.shard} ${lane(shard)}H${STOPS.mail}L${STOPS.done} ${MIDDLE}"/>`,
    ),
    label(STOPS.edge, 'edge'),
    label(STOPS.checkout, 'checkout'),
    label(STOPS.shard, `${SHARDS} shards`),
    label(STOPS.payments, 'paid'),
    label(STOPS.invoices, 'invoiced'),
    label(STOPS.mail, 'mailed'),
    ...bars(orders),
    `<path class="w" d="M30 ${AXIS}H${WIDTH - 30}"/>`,
    ...Array.from({ length: (CLOSES - OPENS) / 2 + 1 }, (_, i) => {
      const x = 30 + ((WIDTH - 60) * i * 2) / (CLOSES - OPENS);
      return `<text class="l" x="${round(x)}" y="${AXIS + 18}">${OPENS + 2 * i}:00</text>`;
    }),
    `<path class="c" d="M30 ${AXIS - 36}V${AXIS}"/>`,
    ...dots(orders, slots),
    ...counters(orders),
    '</svg>',
    '',
  ].join('\n');
}

if (require.main === module) writeFileSync(PICTURE, dayPicture(readFileSync(ORDERS, 'utf8')));
