import { count, dollars } from '../format';
import type { Tuning } from '../tuning';
import { type Box, valueAxis } from './frame';
import { placeLabels } from './place-labels';
import { element, line, path, picture, text, tooltip } from './svg';

const WIDTH = 1120;
const HEIGHT = 290;
const PANELS: readonly Box[] = [
  { left: 58, right: 530, top: 30, bottom: 236 },
  { left: 640, right: WIDTH - 14, top: 30, bottom: 236 },
];
const MIN_GAP = 50;
const RADIUS = 4;
const MARK_RADIUS = 6;
const MARK_HEIGHT = 18;
/** Maximum width of a label, in the largest font of the page. */
const CHARACTER = 9.5;

/**
 * Duration and cost over memory, in two plots side by side. In a single plot with two scales, the
 * point where the curves cross would have no meaning.
 */
export function tuningPlot(tuning: Tuning): string {
  const panels = [
    panel(
      PANELS[0]!,
      'ms a request',
      tuning,
      ({ durationMs }) => durationMs,
      (value) => `${count(value)} ms`,
    ),
    panel(PANELS[1]!, 'dollars a million requests, on demand', tuning, ({ usdPerMillion }) => usdPerMillion, dollars),
  ];
  return picture(WIDTH, HEIGHT, `Duration and cost over memory, ${tuning.source}`, panels.join(''));
}

function panel(
  box: Box,
  unit: string,
  { points, present, cheapest, fastest, balanced }: Tuning,
  value: (point: Tuning['present']) => number,
  format: (value: number) => string,
): string {
  const { y, drawn } = valueAxis(box, Math.max(...points.map(value), value(present)) * 1.1, unit);
  const [min, max] = [points[0]!.memoryMb, points.at(-1)!.memoryMb];
  // The axis is logarithmic, because sizes usually double.
  const place = (memoryMb: number) =>
    box.left + 14 + (Math.log(memoryMb / min) / Math.log(max / min)) * (box.right - box.left - 28);
  let last = Number.NEGATIVE_INFINITY;
  const labels = points.map(({ memoryMb }) => {
    if (place(memoryMb) - last < MIN_GAP) return '';
    last = place(memoryMb);
    return text(last, box.bottom + 20, String(memoryMb), { 'text-anchor': 'middle' });
  });
  const placed = points.map((point) => ({
    point,
    x: place(point.memoryMb),
    y: y(value(point)),
    marks: [
      ...(point === cheapest ? ['cheapest'] : []),
      ...(point === balanced ? ['balanced'] : []),
      ...(point === fastest ? ['fastest'] : []),
    ],
  }));
  const dots = placed.map(({ point, x, y: up, marks }) => {
    const tip = [`${point.memoryMb} MB: ${format(value(point))}`, ...marks].join('\n');
    const [kind, r] = marks.length > 0 ? ['dot ours', MARK_RADIUS] : ['dot', RADIUS];
    return element('circle', { class: kind!, cx: x, cy: up, r: Number(r) }, tooltip(tip));
  });
  const marked = placed.filter(({ marks }) => marks.length > 0);
  const names = placeLabels(
    marked.map(({ x, y: up, marks }) => ({
      x,
      y: up,
      radius: MARK_RADIUS,
      width: marks.join(', ').length * CHARACTER,
      height: MARK_HEIGHT,
    })),
    { ...box, top: 0 },
    placed.filter(({ marks }) => marks.length === 0).map(({ x, y: up }) => ({ x, y: up, radius: RADIUS })),
  ).map(({ box: { left, right, bottom }, leader }, i) => {
    const name = text((left + right) / 2, bottom - 4, marked[i]!.marks.join(', '), {
      class: 'name',
      'text-anchor': 'middle',
    });
    if (leader === undefined) return name;
    const { from, to } = leader;
    return element('line', { class: 'leader', x1: from.x, y1: from.y, x2: to.x, y2: to.y }) + name;
  });
  const now = place(Math.min(max, Math.max(min, present.memoryMb)));
  return [
    drawn,
    element('line', { class: 'now', x1: now, x2: now, y1: box.top, y2: box.bottom }),
    text(now + 5, box.top + 12, `now ${present.memoryMb} MB`, { class: 'unit' }),
    path(
      'demand',
      line(
        points.map(({ memoryMb }) => place(memoryMb)),
        points.map(value),
        y,
      ),
    ),
    ...dots,
    ...names,
    ...labels,
    text(box.right, box.bottom + 42, 'MB of memory', { class: 'unit', 'text-anchor': 'end' }),
  ].join('');
}
