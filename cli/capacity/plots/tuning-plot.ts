import { count, dollars } from '../format';
import type { Tuning } from '../tuning';
import { type Box, valueAxis } from './frame';
import { element, line, path, picture, text, tooltip } from './svg';

const WIDTH = 1120;
const HEIGHT = 290;
const PANELS: readonly Box[] = [
  { left: 58, right: 530, top: 30, bottom: 236 },
  { left: 640, right: WIDTH - 14, top: 30, bottom: 236 },
];
const LEAST_GAP = 44;
const MARK_WIDTH = 110;
const MARK_HEIGHT = 15;

/** Duration and cost over memory, side by side: two scales in one frame would say what nobody measured. */
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
  const [least, most] = [points[0]!.memoryMb, points.at(-1)!.memoryMb];
  // Sizes double rather than grow by steps, so their place is that of the logarithm.
  const place = (memoryMb: number) =>
    box.left + 14 + (Math.log(memoryMb / least) / Math.log(most / least)) * (box.right - box.left - 28);
  let last = Number.NEGATIVE_INFINITY;
  const labels = points.map(({ memoryMb }) => {
    if (place(memoryMb) - last < LEAST_GAP) return '';
    last = place(memoryMb);
    return text(last, box.bottom + 20, String(memoryMb), { 'text-anchor': 'middle' });
  });
  let lastMark = Number.NEGATIVE_INFINITY;
  let raised = 0;
  const dots = points.map((point) => {
    const marks = [
      ...(point === cheapest ? ['cheapest'] : []),
      ...(point === balanced ? ['balanced'] : []),
      ...(point === fastest ? ['fastest'] : []),
    ];
    const [x, up] = [place(point.memoryMb), y(value(point))];
    const tip = [`${point.memoryMb} MB: ${format(value(point))}`, ...marks].join('\n');
    const dot = (kind: string, r: number) => element('circle', { class: kind, cx: x, cy: up, r }, tooltip(tip));
    if (marks.length === 0) return dot('dot', 4);
    // Names of neighbours would cover each other, so the next one stands higher.
    raised = x - lastMark < MARK_WIDTH ? raised + MARK_HEIGHT : 0;
    lastMark = x;
    const anchor = x - box.left < MARK_WIDTH / 2 ? 'start' : 'middle';
    return dot('dot ours', 6) + text(x, up - 12 - raised, marks.join(', '), { class: 'name', 'text-anchor': anchor });
  });
  const now = place(Math.min(most, Math.max(least, present.memoryMb)));
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
    ...labels,
    text(box.right, box.bottom + 42, 'MB of memory', { class: 'unit', 'text-anchor': 'end' }),
  ].join('');
}
