import type { PolicyResult } from '../analysis';
import type { PolicyId } from '../contenders';
import { dollars, percent } from '../format';
import { MONTH_DAYS } from '../result-text';
import { focus } from './focus';
import type { Box } from './frame';
import { type Label, placeLabels } from './place-labels';
import { element, linear, niceTicks, picture, type Scale, text, tooltip } from './svg';

/** A policy with the number by which the plot names it. */
export interface Numbered {
  readonly number: number;
  readonly policy: PolicyResult;
  readonly usdPerMonth: number;
  readonly coldPercent: number;
}

/**
 * A dot of the plot. It stands for several policies if their dots would be too close to be
 * distinguished.
 */
export interface Dot {
  readonly members: readonly Numbered[];
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

interface Axis {
  readonly ticks: readonly number[];
  readonly scale: Scale;
}

/** Positions of all elements, before they are drawn. */
export interface TradeOffLayout {
  readonly width: number;
  /** The area for dots and labels. */
  readonly frame: Box;
  /**
   * The area that the axes span. Points outside the axes' ranges are drawn at the edges of this
   * area.
   */
  readonly box: Box;
  readonly across: Axis;
  readonly up: Axis;
  readonly dots: readonly Dot[];
  /** One label for each dot. */
  readonly labels: readonly Label[];
}

const HEIGHT = 370;
const EDGES = { left: 70, right: 12, top: 30, bottom: 52 };
/** Space for points out of range, on the sides that have any. */
const BEYOND = 28;
const RADIUS = 6;
/**
 * Maximum share of the policies that may be out of range. It is larger for cold shares, because
 * they differ by powers of ten.
 */
const MAX_BEYOND = { usd: 1 / 4, cold: 1 / 3 };
/** Dots nearer than this would hide each other. */
const SAME_PLACE = 5;
const LABEL_HEIGHT = 14;
/** Maximum width of a character, in the page's fonts. */
const CHARACTER = 7.8;
const TICK_WIDTH = 90;
/**
 * End of the axis of cold starts, in per cent. It is `NONE_COLD` if no policy has cold starts.
 * Otherwise it is at least `MIN_COLD`, because percent() shows no smaller value.
 */
const NONE_COLD = 1;
const MIN_COLD = 0.002;

/** Policies sorted by cost, from the left to the right of the plot. */
export function numberedPolicies(policies: readonly PolicyResult[], days: number): Numbered[] {
  return policies
    .map((policy) => ({
      policy,
      usdPerMonth: (policy.dollars.total / days) * MONTH_DAYS,
      coldPercent: policy.score.cold * 100,
    }))
    .sort((a, b) => a.usdPerMonth - b.usdPerMonth || a.coldPercent - b.coldPercent)
    .map((policy, i) => ({ number: i + 1, ...policy }));
}

/**
 * Each policy as a numbered dot: dollars to the right, cold share up. Lower and farther left is
 * better. The plot contains only the numbers of the policies, not their names.
 * @param compared policies that are always within the axes, even if others are then outside
 */
export function tradeOffPlot(points: readonly Numbered[], compared: readonly PolicyId[], width: number): string {
  const layout = tradeOffLayout(points, compared, width);
  const { frame, box, across, up, dots, labels } = layout;
  const beyond = [
    { x: frame.left, y: frame.top, width: box.left - frame.left, height: box.bottom - frame.top },
    { x: box.right, y: frame.top, width: frame.right - box.right, height: box.bottom - frame.top },
    { x: box.left, y: frame.top, width: box.right - box.left, height: box.top - frame.top },
  ].filter((strip) => strip.width > 0 && strip.height > 0);
  const content = [
    ...beyond.map((strip) => element('rect', { class: 'learning', ...strip })),
    ...up.ticks.map(
      (tick) =>
        element('line', {
          class: tick === 0 ? 'base' : 'grid',
          x1: box.left,
          x2: box.right,
          y1: up.scale(tick),
          y2: up.scale(tick),
        }) + text(frame.left - 8, up.scale(tick) + 4, `${tick} %`, { 'text-anchor': 'end' }),
    ),
    ...across.ticks.map(
      (tick) =>
        element('line', {
          class: 'grid',
          x1: across.scale(tick),
          x2: across.scale(tick),
          y1: box.top,
          y2: box.bottom,
        }) +
        text(across.scale(tick), box.bottom + 20, tickDollars(tick, across.ticks), {
          'text-anchor': across.scale(tick) > width - TICK_WIDTH / 2 ? 'end' : 'middle',
        }),
    ),
    text(frame.left - 8, frame.top - 12, 'share of demand with cold starts', { class: 'unit' }),
    text(frame.right, box.bottom + 42, `dollars in ${MONTH_DAYS} days`, { class: 'unit', 'text-anchor': 'end' }),
    ...labels.map(({ leader }) =>
      leader === undefined
        ? ''
        : element('line', {
            class: 'leader',
            x1: leader.from.x,
            y1: leader.from.y,
            x2: leader.to.x,
            y2: leader.to.y,
          }),
    ),
    // Our policy's dot is drawn last, above the others.
    ...[...dots].sort((a, b) => rank(a) - rank(b)).map(drawnDot),
    ...dots.map(({ label, members }, i) => {
      const isOurs = members.some(({ policy }) => policy.id === 'applied');
      const [x, anchor] = anchored(labels[i]!.box, dots[i]!.x);
      const kind = isOurs ? 'name strong' : 'name';
      return text(x, labels[i]!.box.bottom - 3, label, { class: kind, 'text-anchor': anchor });
    }),
  ];
  return picture(width, HEIGHT, 'Cold share over dollars, for each policy', content.join(''));
}

/** Colour class of a policy. */
export function kindOf({ policy: { id } }: Numbered): 'ours' | 'ideal' | 'other' {
  return id === 'applied' || id === 'floor' ? 'ours' : id === 'oracle' ? 'ideal' : 'other';
}

export function tradeOffLayout(
  points: readonly Numbered[],
  compared: readonly PolicyId[],
  width: number,
): TradeOffLayout {
  const kept = points.filter(({ policy }) => compared.includes(policy.id));
  const usd = (list: readonly Numbered[]) => list.map(({ usdPerMonth }) => usdPerMonth);
  const cold = (list: readonly Numbered[]) => list.map(({ coldPercent }) => coldPercent);
  const bills = focus(usd(points), usd(kept), MAX_BEYOND.usd);
  const colds = focus([0, ...cold(points)], [0, ...cold(kept)], MAX_BEYOND.cold);
  const isLeft = (point: Numbered) => point.usdPerMonth < bills.min;
  const isRight = (point: Numbered) => point.usdPerMonth > bills.max;
  const isAbove = (point: Numbered) => point.coldPercent > colds.max;
  const frame: Box = {
    left: EDGES.left,
    right: width - EDGES.right,
    top: EDGES.top,
    bottom: HEIGHT - EDGES.bottom,
  };
  const box: Box = {
    left: frame.left + (points.some(isLeft) ? BEYOND : 0),
    right: frame.right - (points.some(isRight) ? BEYOND : 0),
    top: frame.top + (points.some(isAbove) ? BEYOND : 0),
    bottom: frame.bottom,
  };
  const across = axis(bills, (box.right - box.left) / TICK_WIDTH, box.left, box.right);
  const up = axis({ min: 0, max: colds.max > 0 ? Math.max(MIN_COLD, colds.max) : NONE_COLD }, 4, box.bottom, box.top);
  const x = (point: Numbered) => {
    if (isLeft(point)) return (frame.left + box.left) / 2;
    return isRight(point) ? (frame.right + box.right) / 2 : across.scale(point.usdPerMonth);
  };
  const y = (point: Numbered) => (isAbove(point) ? (frame.top + box.top) / 2 : up.scale(point.coldPercent));
  const places = gathered(points.map((point) => ({ members: [point], x: x(point), y: y(point) })));
  // All points of one place are out of range in the same direction, because points in range are
  // farther apart.
  const dots = places.map((place) => {
    const [first] = place.members as readonly [Numbered];
    const figures = [
      ...(isAbove(first) ? [rangeOf(cold(place.members), (value) => percent(value / 100))] : []),
      ...(isLeft(first) || isRight(first) ? [rangeOf(usd(place.members), dollars)] : []),
    ];
    const numbers = numbersOf(place.members);
    const label = figures.length === 0 ? numbers : `${numbers}: ${figures.join(', ')}`;
    return { ...place, label: widthOf(label) > frame.right - frame.left ? numbers : label };
  });
  const labels = placeLabels(
    dots.map(({ x, y, label }) => ({
      x,
      y,
      radius: RADIUS,
      width: widthOf(label),
      height: LABEL_HEIGHT,
    })),
    frame,
  );
  return { width, frame, box, across, up, dots, labels };
}

/** Dots that would hide each other become one, with a label for all. */
function gathered(dots: readonly Omit<Dot, 'label'>[]): Omit<Dot, 'label'>[] {
  const places: Omit<Dot, 'label'>[] = [];
  for (const dot of dots) {
    const at = places.findIndex(({ x, y }) => Math.hypot(x - dot.x, y - dot.y) < SAME_PLACE);
    const same = places[at];
    if (same === undefined) places.push(dot);
    else places[at] = { ...same, members: [...same.members, ...dot.members] };
  }
  return places;
}

/** `3`, `3 + 4`, `3-6 + 8`. */
function numbersOf(members: readonly Numbered[]): string {
  const runs: number[][] = [];
  for (const { number } of members) {
    const run = runs.at(-1);
    if (run?.at(-1) === number - 1) run.push(number);
    else runs.push([number]);
  }
  return runs.map((run) => (run.length > 2 ? `${run[0]}-${run.at(-1)}` : run.join(' + '))).join(' + ');
}

function widthOf(label: string): number {
  return label.length * CHARACTER + 2;
}

/** Minimum and maximum of several values, as text. */
function rangeOf(values: readonly number[], format: (value: number) => string): string {
  const [min, max] = [format(Math.min(...values)), format(Math.max(...values))];
  return min === max ? min : `${min} to ${max}`;
}

/** Round numbers around a range. */
function axis({ min, max }: { min: number; max: number }, wished: number, start: number, end: number): Axis {
  const step = niceTicks(max - min, Math.max(2, wished))[1]!;
  const [first, last] = [Math.floor(min / step + 1e-9), Math.ceil(max / step - 1e-9)];
  const ticks = Array.from({ length: Math.max(2, last - first + 1) }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
  return { ticks, scale: linear([ticks[0]!, ticks.at(-1)!], [start, end]) };
}

/** Formats a tick with enough decimals to distinguish it from its neighbours. */
function tickDollars(tick: number, ticks: readonly number[]): string {
  const decimals = Math.max(...ticks.map((one) => String(one).split('.')[1]?.length ?? 0));
  const minimumFractionDigits = decimals === 1 ? 2 : decimals;
  return `$${tick.toLocaleString('en-US', { minimumFractionDigits, maximumFractionDigits: minimumFractionDigits })}`;
}

/** Aligns a label at its dot, because the width of the label is only roughly known. */
function anchored({ left, right }: Box, x: number): [x: number, anchor: string] {
  return left > x ? [left + 1, 'start'] : right < x ? [right - 1, 'end'] : [(left + right) / 2, 'middle'];
}

function rank({ members }: Dot): number {
  return Math.max(...members.map((member) => ['other', 'ideal', 'ours'].indexOf(kindOf(member))));
}

function drawnDot(dot: Dot): string {
  const { members, x, y } = dot;
  const kind = ['dot', 'dot ideal', 'dot ours'][rank(dot)]!;
  const tip = members
    .map(
      ({ number, policy, usdPerMonth }) =>
        `${number} ${policy.name}: ${percent(policy.score.cold)} cold, ${dollars(usdPerMonth)} in ${MONTH_DAYS} days`,
    )
    .join('\n');
  return element('circle', { class: kind, cx: x, cy: y, r: RADIUS }, tooltip(tip));
}
