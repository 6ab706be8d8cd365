import * as fc from 'fast-check';
import type { Box } from '../../../cli/capacity/plots/frame';
import {
  covers,
  cross,
  type Label,
  type Labelled,
  overlap,
  placeLabels,
} from '../../../cli/capacity/plots/place-labels';

const FRAME: Box = { left: 50, right: 390, top: 30, bottom: 320 };
const RADIUS = 6;

/** Dots somewhere, in a crowd, in a row, or along an edge: as policies lie. */
const dots = fc
  .tuple(
    fc.constantFrom(1, 0.2, 0.04, 0),
    fc.constantFrom(1, 0.2, 0),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.array(fc.tuple(fc.nat(1000), fc.nat(1000), fc.integer({ min: 1, max: 12 })), { minLength: 1, maxLength: 9 }),
  )
  .map(([wide, high, right, down, places]): Labelled[] =>
    places.map(([x, y, characters]) => ({
      x: FRAME.left + (wide * (x / 1000) + (1 - wide) * right) * (FRAME.right - FRAME.left),
      y: FRAME.top + (high * (y / 1000) + (1 - high) * down) * (FRAME.bottom - FRAME.top),
      radius: RADIUS,
      width: 8 * characters,
      height: 14,
    })),
  );

const pairs = (labels: readonly Label[]) => labels.flatMap((a, i) => labels.slice(i + 1).map((b) => [a, b] as const));

describe('labels', () => {
  test('overlap no other, cover no dot and stay within the frame, however many dots there are', () =>
    fc.assert(
      fc.property(dots, (list) => {
        const labels = placeLabels(list, FRAME);
        expect(labels).toHaveLength(list.length);
        expect(pairs(labels).filter(([a, b]) => overlap(a.box, b.box))).toEqual([]);
        expect(labels.filter(({ box }) => list.some((dot) => covers(box, dot)))).toEqual([]);
        for (const { box } of labels) {
          expect(box.left).toBeGreaterThanOrEqual(FRAME.left);
          expect(box.right).toBeLessThanOrEqual(FRAME.right);
          expect(box.top).toBeGreaterThanOrEqual(FRAME.top);
          expect(box.bottom).toBeLessThanOrEqual(FRAME.bottom);
        }
      }),
      { seed: 11, numRuns: 400 },
    ));

  test('have the given sizes, and a leader line to their dot if they aren’t beside it', () =>
    fc.assert(
      fc.property(dots, (list) => {
        placeLabels(list, FRAME).forEach(({ box, leader }, i) => {
          const { x, y, width, height } = list[i]!;
          expect(box.right - box.left).toBeCloseTo(width);
          expect(box.bottom - box.top).toBeCloseTo(height);
          if (leader === undefined) expect(covers(box, { x, y, radius: RADIUS }, 4)).toBe(true);
          else expect(Math.hypot(leader.from.x - x, leader.from.y - y)).toBeCloseTo(RADIUS);
        });
      }),
      { seed: 12 },
    ));

  test('without a leader line are nearer to their own dot than to any other', () =>
    fc.assert(
      fc.property(dots, (list) => {
        placeLabels(list, FRAME).forEach(({ box, leader }, i) => {
          if (leader !== undefined) return;
          expect(list.filter((dot, j) => j !== i && covers(box, dot, 4))).toEqual([]);
        });
      }),
      { seed: 13 },
    ));

  test('are on the right if there is space', () => {
    const [label] = placeLabels([{ x: 200, y: 100, radius: 6, width: 20, height: 14 }], FRAME);
    expect(label).toEqual({ box: { left: 209, right: 229, top: 93, bottom: 107 } });
  });

  test('of a row of dots have leader lines that don’t cross', () => {
    const row = Array.from({ length: 9 }, (_, i) => ({ x: 100 + 9 * i, y: 200, radius: 6, width: 40, height: 14 }));
    const labels = placeLabels(row, FRAME);
    const leaders = labels.flatMap(({ leader }) => (leader === undefined ? [] : [leader]));
    expect(leaders.length).toBeGreaterThan(3);
    expect(leaders.filter((one, i) => leaders.some((other, j) => j > i && cross(one, other)))).toEqual([]);
  });
});
