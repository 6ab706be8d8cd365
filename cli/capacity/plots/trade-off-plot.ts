import type { PolicyResult } from '../analysis';
import { dollars, percent, short } from '../format';
import { type Box, valueAxis } from './frame';
import { element, linear, niceTicks, picture, text, tooltip } from './svg';

const WIDTH = 1120;
const HEIGHT = 330;
const BOX: Box = { left: 58, right: WIDTH - 190, top: 30, bottom: 270 };

/** What is much colder than the middle of them stands on the upper edge, with its number: it would flatten the rest. */
const MOST_OVER_MEDIAN = 4;

/** Each policy as a point: dollars to the right, cold share up. Down and left is better. */
export function tradeOffPlot(policies: readonly PolicyResult[], days: number): string {
  const perMonth = ({ dollars: { total } }: PolicyResult) => (total / days) * 30;
  const bills = policies.map(perMonth);
  const [least, most] = [Math.min(...bills), Math.max(...bills)];
  const spaced = niceTicks(most - least || most, 6);
  const first = Math.floor(least / spaced[1]!) * spaced[1]!;
  const ticks = spaced.map((tick) => first + tick);
  const x = linear([ticks[0]!, Math.max(most, ticks.at(-1)!)], [BOX.left, BOX.right]);
  const colds = policies.map(({ score }) => score.cold * 100).sort((a, b) => a - b);
  const top = Math.max(
    0.01,
    Math.min(colds.at(-1)!, MOST_OVER_MEDIAN * colds[colds.length >> 1]! || Number.POSITIVE_INFINITY),
  );
  const { y, drawn } = valueAxis(BOX, top, '% of demand cold');
  const across = ticks
    .map(
      (tick) =>
        element('line', { class: 'grid', x1: x(tick), x2: x(tick), y1: BOX.top, y2: BOX.bottom }) +
        text(x(tick), BOX.bottom + 20, `$${short(tick)}`, { 'text-anchor': 'middle' }),
    )
    .join('');
  const placed = labelled(
    policies.map((policy) => ({ policy, x: x(perMonth(policy)), y: Math.max(BOX.top, y(policy.score.cold * 100)) })),
  );
  const dots = placed.map(({ policy, x: at, y: up, labelY }) => {
    const tip = `${policy.name}\n${percent(policy.score.cold)} cold, ${dollars(perMonth(policy))} in 30 days`;
    const kind =
      policy.id === 'applied' || policy.id === 'floor' ? 'dot ours' : policy.id === 'oracle' ? 'dot ideal' : 'dot';
    const isFar = Math.abs(labelY - up) > 6;
    return (
      (isFar ? element('line', { class: 'leader', x1: at + 6, y1: up, x2: at + 14, y2: labelY }) : '') +
      element('circle', { class: kind, cx: at, cy: up, r: 6 }, tooltip(tip))
    );
  });
  // Names come last, so that no dot lies on them.
  const names = placed.map(({ policy, x: at, labelY }) => {
    const beyond = y(policy.score.cold * 100) < BOX.top - 1 ? ` (above: ${percent(policy.score.cold)})` : '';
    return text(at + 16, labelY + 4, policy.name + beyond, { class: policy.id === 'applied' ? 'name strong' : 'name' });
  });
  const label = text(BOX.right, BOX.bottom + 42, 'dollars in 30 days', { class: 'unit', 'text-anchor': 'end' });
  return picture(
    WIDTH,
    HEIGHT,
    'Cold share over dollars, for each policy',
    [drawn, across, label, ...dots, ...names].join(''),
  );
}

interface Placed {
  readonly policy: PolicyResult;
  readonly x: number;
  readonly y: number;
}

const LABEL_HEIGHT = 17;
const LABEL_WIDTH = 170;

/** Names that would cover each other, or another's dot, are pushed up, the lowest first. */
function labelled(points: readonly Placed[]): (Placed & { labelY: number })[] {
  const placed: (Placed & { labelY: number })[] = [];
  for (const point of [...points].sort((a, b) => b.y - a.y || a.x - b.x)) {
    const taken = [
      ...placed.filter((other) => Math.abs(other.x - point.x) < LABEL_WIDTH).map(({ labelY }) => labelY),
      ...points.filter(({ x }) => x > point.x + 6 && x < point.x + LABEL_WIDTH).map(({ y }) => y),
    ];
    let labelY = point.y;
    for (let next: number | undefined = labelY; next !== undefined; ) {
      labelY = next;
      const here = labelY;
      const hit = taken.find((y) => Math.abs(y - here) < LABEL_HEIGHT);
      next = hit === undefined ? undefined : hit - LABEL_HEIGHT;
    }
    placed.push({ ...point, labelY });
  }
  return placed;
}
