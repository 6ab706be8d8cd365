import { SLOT_COUNT } from './slots';

/** First and last slot of a range. Both belong to it. */
export type SlotRange = readonly [first: number, last: number];

/**
 * Reads ranges of slots from their text: `0-99,200,300-399`.
 * @throws Error if a range is malformed, or doesn't begin behind the range before it
 */
export function parseSlotRanges(text: string): SlotRange[] {
  let least = 0;
  return String(text)
    .split(',')
    .map((part): SlotRange => {
      const [, first = -1, last = first] = (/^(\d+)(?:-(\d+))?$/.exec(part) ?? [])
        .filter((digits) => digits !== undefined)
        .map(Number);
      if (first < 0 || last < first || last >= SLOT_COUNT) {
        throw new Error(`range '${part}' must be '<first>-<last>' or one slot, within 0 to ${SLOT_COUNT - 1}`);
      }
      if (first < least)
        throw new Error(`range '${part}' must begin behind slot ${least - 1}, so that no slot is in two ranges`);
      least = last + 1;
      return [first, last];
    });
}

/** Writes slots, in ascending order, as the shortest text of their ranges. */
export function packSlotRanges(slots: ArrayLike<number>): string {
  const ranges: string[] = [];
  for (let i = 0; i < slots.length; ) {
    let j = i;
    while (j + 1 < slots.length && slots[j + 1] === slots[j]! + 1) j++;
    ranges.push(i === j ? `${slots[i]}` : `${slots[i]}-${slots[j]}`);
    i = j + 1;
  }
  return ranges.join(',');
}
