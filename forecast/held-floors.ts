/** Minutes that CloudWatch usually takes to tell of a minute. */
const USUAL_DELAY = 2;

/** Minutes before its own in which a floor is set: what the lead leaves when measurements have come. */
export function minutesAhead(lead: number): number {
  return Math.max(0, lead - USUAL_DELAY);
}

/**
 * What floors make of capacity. Each is set some minutes ahead, since instances have to be made by its minute, and no later one that is lower
 * lets go of them before. So capacity rises in the minute of its floor, as if making it took all of the lead; what is there stays as long as
 * one of the floors that are set by then asks for it.
 * @param floors as decided for each minute
 */
export function heldFloors(floors: Float64Array, lead: number): Float64Array {
  const ahead = minutesAhead(lead);
  const held = new Float64Array(floors.length);
  let there = 0;
  for (let at = 0; at < floors.length; at++) {
    // Looking no further than to what is there already is enough, and most often that is the first minute.
    let kept = floors[at]!;
    for (let next = at + 1; kept < there && next <= at + ahead && next < floors.length; next++) {
      kept = Math.max(kept, Math.min(there, floors[next]!));
    }
    held[at] = kept;
    there = kept;
  }
  return held;
}
