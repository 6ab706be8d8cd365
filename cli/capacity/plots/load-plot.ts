import { MINUTES_PER_DAY } from '../../../forecast/minutes';
import type { Traces } from '../analysis';
import type { Clock, Stretch } from '../clock';
import { count, percent } from '../format';
import { bucketWidth, downsample } from './downsample';
import { timeAxis, valueAxis } from './frame';
import { between, element, line, path, picture, steps, text, tooltip } from './svg';

const WIDTH = 1120;
const BOX = { left: 90, right: WIDTH - 14, top: 30, bottom: 316 };
/** Two rows below the plot show where each policy had cold starts. */
const ROWS = { ours: 366, reactive: 390, height: 16 };
const HEIGHT = ROWS.reactive + ROWS.height + 10;
/** Maximum number of points, so that a point is about a pixel wide. */
const MAX_BUCKETS = 900;
const MAX_HOVERS = 150;
/**
 * Maximum of the value axis, relative to the highest demand that is shown. A higher forecast band
 * is cut, because it would flatten the demand curve.
 */
const MAX_BAND = 1.4;
/** Quantile of demand that counts as usual. */
const USUAL_LEVEL = 0.98;
/** Maximum height of a spike, relative to the usual demand. A higher spike is cut. */
const MAX_SPIKE = 2;
const CUT = { class: 'unit', 'text-anchor': 'end' };

export interface LoadPlot {
  readonly stretch: Stretch;
  readonly clock: Clock;
  readonly traces: Traces;
  /** Index of the first decision of the policy. Before it, the policy only learned. */
  readonly judgedFrom: number;
  readonly label: string;
  /** Label of target tracking's row. */
  readonly reactiveName: string;
}

/**
 * Draws demand, the forecast's band, the floor as steps and the capacity of target tracking. Rows
 * below show where each policy had cold starts.
 */
export function loadPlot({ stretch, clock, traces, judgedFrom, label, reactiveName }: LoadPlot): string {
  const { from, to } = stretch;
  const width = bucketWidth(stretch, MAX_BUCKETS);
  const bucketsOf = (values: Float64Array) => downsample(values, stretch, width);
  const unjudged = (values: Float64Array) => values.map((value, i) => (i < judgedFrom ? Number.NaN : value));
  const demand = bucketsOf(traces.demand);
  const floor = bucketsOf(unjudged(traces.floors));
  const reactive = bucketsOf(unjudged(traces.reactive));
  const bands = traces.bands.map(({ values }) => bucketsOf(unjudged(values)));
  const [low, high] = [bands[0], bands.at(-1)];

  // A band or a spike far above the rest would flatten the usual days, so both are cut. A cut spike
  // is labelled with its value.
  const peak = max([demand.max]);
  const usual = quantile(demand.max, USUAL_LEVEL);
  const shown = Math.max(Math.min(peak, MAX_SPIKE * usual), max([demand.mean, floor.mean]));
  const top = Math.min(max([demand.max, floor.max, reactive.mean, high?.mean ?? []]), shown * MAX_BAND) * 1.02;
  const { y, drawn: values } = valueAxis(BOX, top, 'concurrent units');
  const cut = peak > top * 1.2 ? text(BOX.right, BOX.top - 10, `spikes cut off, up to ${count(peak)}`, CUT) : '';
  const { x, drawn: times } = timeAxis(BOX, stretch, traces.start, clock);
  const middles = demand.starts.map((start) => x(Math.min(to, start + width / 2)));
  const edges = demand.starts.map((start) => x(start));
  const learning =
    judgedFrom > from
      ? element('rect', {
          class: 'learning',
          x: BOX.left,
          y: BOX.top,
          width: x(Math.min(judgedFrom, to)) - BOX.left,
          height: BOX.bottom - BOX.top,
        }) + text(BOX.left + 10, BOX.top + 18, 'learning: no decisions yet', { class: 'unit' })
      : '';
  const content = [
    element(
      'clipPath',
      { id: `clip-${from}-${to}` },
      element('rect', { x: BOX.left, y: BOX.top, width: BOX.right - BOX.left, height: BOX.bottom - BOX.top }),
    ),
    values,
    times,
    learning,
    cut,
    element(
      'g',
      { 'clip-path': `url(#clip-${from}-${to})` },
      [
        path('band', low && high ? between(middles, low.mean, high.mean, y) : ''),
        width > 2 ? path('spread', between(middles, demand.min, demand.max, y)) : '',
        path('reactive', steps(edges, width > 2 ? reactive.mean : reactive.max, y, x(to))),
        path('demand', line(middles, demand.mean, y)),
        path('floor', steps(edges, width > 2 ? floor.mean : floor.max, y, x(to))),
      ].join(''),
    ),
    coldRow('ours', ROWS.ours, 'ours cold', traces.applied),
    coldRow('theirs', ROWS.reactive, 'reactive', traces.reactive),
    hovers(),
  ].join('');
  return picture(WIDTH, HEIGHT, label, content);

  function coldRow(kind: string, top: number, name: string, provision: Float64Array): string {
    const bars = demand.starts.map((start, i) => {
      const share = coldShare(traces.demand, provision, Math.max(start, judgedFrom), Math.min(to, start + width));
      if (!(share > 0)) return '';
      // A bar has a minimum height, so that it is visible. It has its full height if at least a
      // fifth of the demand is cold.
      const height = Math.max(2, Math.min(1, share / 0.2) * ROWS.height);
      const wide = Math.max(1, (edges[i + 1] ?? BOX.right) - edges[i]!);
      return `M${edges[i]!.toFixed(1)} ${(top + ROWS.height).toFixed(1)}v${(-height).toFixed(1)}h${wide.toFixed(1)}v${height.toFixed(1)}z`;
    });
    return (
      element('line', { class: 'grid', x1: BOX.left, x2: BOX.right, y1: top + ROWS.height, y2: top + ROWS.height }) +
      text(BOX.left - 8, top + ROWS.height - 3, name, { 'text-anchor': 'end' }) +
      path(`cold ${kind}`, bars.join(''))
    );
  }

  function hovers(): string {
    const wide = bucketWidth(stretch, MAX_HOVERS);
    const cells: string[] = [];
    for (let start = from; start < to; start += wide) {
      const end = Math.min(to, start + wide);
      const place = { x: x(start), y: BOX.top, width: x(end) - x(start), height: HEIGHT - BOX.top };
      cells.push(element('rect', { class: 'hover', ...place }, tooltip(tipLines(start, end).join('\n'))));
    }
    return cells.join('');
  }

  function tipLines(start: number, end: number): string[] {
    const of = (series: Float64Array) => downsample(series, { from: start, to: end }, end - start);
    const [used, floors] = [of(traces.demand), of(traces.floors)];
    const peak = end - start > 1 ? `, at most ${count(used.max[0]!)}` : '';
    const facts = [timeOf(start, end), `demand ${count(used.mean[0]!)}${peak}`];
    if (start < judgedFrom) return facts;
    const band = traces.bands.map(({ level, values }) => `${count(of(values).mean[0]!)} (${level * 100} %)`);
    const cold = (provision: Float64Array) => percent(coldShare(traces.demand, provision, start, end));
    return [
      ...facts,
      `floor ${range(floors.min[0]!, floors.max[0]!)}`,
      ...(band.length > 0 ? [`forecast ${band.join(', ')}`] : []),
      `cold: ours ${cold(traces.applied)}, ${reactiveName} ${cold(traces.reactive)}`,
    ];
  }

  function timeOf(start: number, end: number): string {
    const [first, after] = [traces.start + start, traces.start + end];
    if (end - start >= MINUTES_PER_DAY) return clock.date(first);
    return `${clock.date(first)} ${clock.time(first)}${end - start > 1 ? `-${clock.time(after)}` : ''}`;
  }
}

function quantile(values: Float64Array, level: number): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  return sorted[Math.floor(level * (sorted.length - 1))] ?? 0;
}

function range(min: number, max: number): string {
  return min === max ? count(min) : `${count(min)} to ${count(max)}`;
}

function max(lists: readonly ArrayLike<number>[]): number {
  let found = 0;
  for (const list of lists) for (let i = 0; i < list.length; i++) if (list[i]! > found) found = list[i]!;
  return found;
}

function coldShare(demand: Float64Array, provision: Float64Array, from: number, to: number): number {
  let cold = 0;
  let all = 0;
  for (let at = from; at < to; at++) {
    cold += Math.max(0, demand[at]! - provision[at]!);
    all += demand[at]!;
  }
  return all === 0 ? 0 : cold / all;
}
