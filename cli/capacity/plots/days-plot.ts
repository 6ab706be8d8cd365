import type { DayResult } from '../analysis';
import { percent, ratio } from '../format';
import { type Box, valueAxis } from './frame';
import { element, picture, text, tooltip } from './svg';

const WIDTH = 1120;
const HEIGHT = 250;
const BOX: Box = { left: 58, right: WIDTH - 14, top: 30, bottom: 210 };
const MAX_LABELS = 16;

/** Cost ratios of the forecast and of target tracking on each day. */
export function daysPlot(days: readonly DayResult[], reactiveName: string): string {
  const max = Math.max(
    1,
    ...days.flatMap(({ ours, reactive }) => [ours.costRatio, reactive.costRatio]).filter(Number.isFinite),
  );
  const { y, drawn } = valueAxis(BOX, max, 'cost ratio');
  const wide = (BOX.right - BOX.left) / days.length;
  const bar = Math.max(1, wide * 0.36);
  const every = Math.ceil(days.length / MAX_LABELS);
  const bars = days
    .map((day, i) => {
      const left = BOX.left + i * wide;
      const tip = [
        day.day,
        `ours ${ratio(day.ours.costRatio)}, ${percent(day.ours.cold)} cold`,
        `${reactiveName} ${ratio(day.reactive.costRatio)}, ${percent(day.reactive.cold)} cold`,
        day.won ? 'won' : 'not won',
      ].join('\n');
      const of = (kind: string, costRatio: number, shift: number) => {
        const top = y(Number.isFinite(costRatio) ? costRatio : 0);
        return element('rect', {
          class: kind,
          x: left + wide / 2 + shift,
          y: top,
          width: bar,
          height: BOX.bottom - top,
        });
      };
      return (
        of('bar theirs', day.reactive.costRatio, -bar) +
        of(day.won ? 'bar ours' : 'bar ours lost', day.ours.costRatio, 0) +
        element(
          'rect',
          { class: 'hover', x: left, y: BOX.top, width: wide, height: BOX.bottom - BOX.top },
          tooltip(tip),
        ) +
        (i % every === 0 ? text(left + wide / 2, BOX.bottom + 20, day.day.slice(5), { 'text-anchor': 'middle' }) : '')
      );
    })
    .join('');
  return picture(WIDTH, HEIGHT, 'Cost ratio of each day', drawn + bars);
}
