import { MINUTES_PER_DAY } from '../../../forecast/minutes';
import type { Clock, Stretch } from '../clock';
import { short } from '../format';
import { element, linear, niceTicks, type Scale, text } from './svg';

/** Position of a plot in its picture. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Horizontal lines with their numbers, and the unit above them. */
export function valueAxis(
  box: Box,
  max: number,
  unit: string,
  wished = 4,
): { readonly y: Scale; readonly drawn: string } {
  const ticks = niceTicks(max, wished);
  const y = linear([0, ticks.at(-1)!], [box.bottom, box.top]);
  const drawn = ticks
    .map(
      (tick) =>
        element('line', {
          class: tick === 0 ? 'base' : 'grid',
          x1: box.left,
          x2: box.right,
          y1: y(tick),
          y2: y(tick),
        }) + text(box.left - 8, y(tick) + 4, short(tick), { 'text-anchor': 'end' }),
    )
    .join('');
  return { y, drawn: drawn + text(box.left, box.top - 10, unit, { class: 'unit' }) };
}

/**
 * Minimum distance of two date labels, in pixels: the width of a label in the page's largest font.
 */
const MIN_GAP = 84;
const QUARTER = 15;
const HOUR = 60;

/** Ticks of local time: hours if the span is at most 4 days, otherwise dates. */
export function timeAxis(
  box: Box,
  stretch: Stretch,
  start: number,
  clock: Clock,
): { readonly x: Scale; readonly drawn: string } {
  const { from, to } = stretch;
  const x = linear([from, to], [box.left, box.right]);
  const span = to - from;
  const every =
    span <= 1.1 * MINUTES_PER_DAY
      ? 3 * HOUR
      : span <= 4 * MINUTES_PER_DAY
        ? 12 * HOUR
        : MINUTES_PER_DAY * [1, 2, 7, 14, 28, 91, 365].find((days) => span / MINUTES_PER_DAY / days <= 14)!;
  const ticks: string[] = [];
  let dates = 0;
  let last = Number.NEGATIVE_INFINITY;
  // Searches for local midnights and hours in steps of 15 minutes, because the offsets of time
  // zones are multiples of 15 minutes.
  for (let at = from + ((QUARTER - ((start + from) % QUARTER)) % QUARTER); at <= to; at += QUARTER) {
    const minute = start + at;
    const ofDay = clock.minuteOfDay(minute);
    if (ofDay % Math.min(every, MINUTES_PER_DAY) !== 0) continue;
    const isMidnight = ofDay === 0;
    if (every > MINUTES_PER_DAY && dates++ % (every / MINUTES_PER_DAY) !== 0) continue;
    ticks.push(
      element('line', {
        class: isMidnight ? 'grid' : 'tick',
        x1: x(at),
        x2: x(at),
        y1: isMidnight ? box.top : box.bottom,
        y2: box.bottom + 5,
      }),
    );
    if (x(at) > box.right - 8 && !isMidnight) continue;
    if (x(at) - last < MIN_GAP) continue;
    last = x(at);
    const label = isMidnight && span > 1.1 * MINUTES_PER_DAY ? clock.date(minute) : clock.time(minute);
    const anchor = x(at) > box.right - 40 ? 'end' : x(at) < box.left + 20 ? 'start' : 'middle';
    ticks.push(text(x(at), box.bottom + 20, label, { 'text-anchor': anchor }));
  }
  return { x, drawn: ticks.join('') };
}
