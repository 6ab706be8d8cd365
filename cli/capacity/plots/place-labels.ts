import type { Box } from './frame';

export interface PlacedDot {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** A dot that needs a label. */
export interface Labelled extends PlacedDot {
  /** Size of its label. */
  readonly width: number;
  readonly height: number;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Line from a dot's edge to its label. */
export interface Leader {
  readonly from: Point;
  readonly to: Point;
}

export interface Label {
  readonly box: Box;
  /** The leader line, if the label isn't beside its dot. */
  readonly leader?: Leader;
}

/**
 * Distance between a dot and the label beside it, and minimum distance of a label from other dots.
 */
const GAP = 3;
const CLEARANCE = 7;
/** Labels are tried in 16 directions, at multiples of this distance in pixels. */
const RING = 6;
const DIRECTIONS = 16;
/** Minimum distance between labels. */
const BETWEEN = 2;
/**
 * Radius in which neighbours of a dot are counted. Labels of dots with the most neighbours are
 * placed first.
 */
const NEIGHBOURHOOD = 50;
/** Penalty for each element that a label or its leader line crosses, in pixels of distance. */
const CROSSING = 60;

/**
 * Places labels within a frame, so that none covers another label or a dot. A label is beside its
 * dot if there is space, else as near as possible, with a leader line. If no position is free, the
 * label is beside its dot and overlaps other elements. With a few short labels this doesn't happen.
 * @param unlabelled dots that have no label and must not be covered either
 * @returns a label for each dot, in their order
 */
export function placeLabels(dots: readonly Labelled[], frame: Box, unlabelled: readonly PlacedDot[] = []): Label[] {
  const neighbours = dots.map(
    (dot) => dots.filter((other) => Math.hypot(other.x - dot.x, other.y - dot.y) < NEIGHBOURHOOD).length,
  );
  const order = dots.map((_, i) => i).sort((a, b) => neighbours[b]! - neighbours[a]! || a - b);
  const labels: Label[] = [];
  const placed: Label[] = [];
  for (const i of order) {
    const label = placeOne(dots[i]!, [...dots, ...unlabelled], placed, frame);
    labels[i] = label;
    placed.push(label);
  }
  return labels;
}

function placeOne(dot: Labelled, dots: readonly PlacedDot[], placed: readonly Label[], frame: Box): Label {
  const others = dots.filter((other) => other !== dot);
  const farthest = Math.hypot(frame.right - frame.left, frame.bottom - frame.top);
  let best: { readonly label: Label; readonly cost: number } | undefined;
  for (let distance = 0; distance <= farthest && (best === undefined || distance < best.cost); distance += RING) {
    for (let direction = 0; direction < DIRECTIONS; direction++) {
      const label = candidate(dot, distance, (direction * 2 * Math.PI) / DIRECTIONS);
      if (!within(label.box, frame) || placed.some(({ box }) => overlap(box, label.box, BETWEEN))) continue;
      const clearance = label.leader === undefined ? CLEARANCE : GAP;
      if (others.some((other) => covers(label.box, other, clearance)) || covers(label.box, dot, 0)) continue;
      // The right side is preferred, because readers look there first.
      const cost = distance + CROSSING * crossings(label, others, placed) + (direction === 0 ? 0 : RING / 2);
      if (best === undefined || cost < best.cost) best = { label, cost };
    }
  }
  return best?.label ?? candidate(dot, 0, 0);
}

function candidate({ x, y, radius, width, height }: Labelled, distance: number, angle: number): Label {
  const away = radius + GAP + distance;
  const [right, down] = [Math.cos(angle), Math.sin(angle)];
  const middle = { x: x + right * (away + width / 2), y: y + down * (away + height / 2) };
  const box: Box = {
    left: middle.x - width / 2,
    right: middle.x + width / 2,
    top: middle.y - height / 2,
    bottom: middle.y + height / 2,
  };
  if (distance === 0) return { box };
  const to = nearest(box, { x, y });
  const length = Math.hypot(to.x - x, to.y - y) || 1;
  const from = { x: x + ((to.x - x) / length) * radius, y: y + ((to.y - y) / length) * radius };
  return { box, leader: { from, to } };
}

/** Number of leader lines, labels and dots that a label and its leader line touch. */
function crossings({ box, leader }: Label, others: readonly PlacedDot[], placed: readonly Label[]): number {
  let found = placed.filter((other) => other.leader !== undefined && meets(other.leader, box)).length;
  if (leader === undefined) return found;
  found += placed.filter((other) => meets(leader, other.box)).length;
  found += placed.filter((other) => other.leader !== undefined && cross(leader, other.leader)).length;
  found += others.filter(({ x, y, radius }) => distanceTo(leader, { x, y }) < radius + 1).length;
  return found;
}

function within(box: Box, frame: Box): boolean {
  return box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom;
}

export function overlap(a: Box, b: Box, apart = 0): boolean {
  return a.left < b.right + apart && b.left < a.right + apart && a.top < b.bottom + apart && b.top < a.bottom + apart;
}

/** Whether a box is too near to a dot's edge. */
export function covers(box: Box, { x, y, radius }: PlacedDot, clearance = 0): boolean {
  const { x: nearX, y: nearY } = nearest(box, { x, y });
  return Math.hypot(nearX - x, nearY - y) < radius + clearance;
}

function nearest(box: Box, { x, y }: Point): Point {
  return { x: Math.min(box.right, Math.max(box.left, x)), y: Math.min(box.bottom, Math.max(box.top, y)) };
}

function distanceTo({ from, to }: Leader, { x, y }: Point): number {
  const [across, down] = [to.x - from.x, to.y - from.y];
  const along = ((x - from.x) * across + (y - from.y) * down) / (across * across + down * down || 1);
  const at = Math.min(1, Math.max(0, along));
  return Math.hypot(from.x + at * across - x, from.y + at * down - y);
}

/** Whether two leader lines cross. */
export function cross(a: Leader, b: Leader): boolean {
  const side = ({ from, to }: Leader, { x, y }: Point) =>
    Math.sign((to.x - from.x) * (y - from.y) - (to.y - from.y) * (x - from.x));
  return side(a, b.from) !== side(a, b.to) && side(b, a.from) !== side(b, a.to);
}

/** Whether a leader line crosses a box. */
function meets(leader: Leader, { left, right, top, bottom }: Box): boolean {
  const corners = [
    { x: left, y: top },
    { x: right, y: top },
    { x: right, y: bottom },
    { x: left, y: bottom },
  ];
  const inside = ({ x, y }: Point) => x > left && x < right && y > top && y < bottom;
  if (inside(leader.from) || inside(leader.to)) return true;
  return corners.some((from, i) => cross(leader, { from, to: corners[(i + 1) % 4]! }));
}
