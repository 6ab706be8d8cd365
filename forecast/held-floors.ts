/** Usual delay of CloudWatch, in minutes. */
const USUAL_DELAY = 2;

/** How many minutes ahead of its own minute a floor is set: the lead time less the metric delay. */
export function minutesAhead(lead: number): number {
  return Math.max(0, lead - USUAL_DELAY);
}

/**
 * Capacity that results from floors. Each floor is set some minutes ahead, because instances take
 * time to start. A later, lower floor doesn't release them before. So capacity rises in the minute
 * of its floor, as if instances took the whole lead time to start. It stays as long as one of the
 * floors set by then needs it.
 * @param floors as decided for each minute
 */
export function heldFloors(floors: Float64Array, lead: number): Float64Array {
  const ahead = minutesAhead(lead);
  const held = new Float64Array(floors.length);
  let there = 0;
  for (let at = 0; at < floors.length; at++) {
    // Stop as soon as the current capacity is needed, most often at the first minute.
    let kept = floors[at]!;
    for (let next = at + 1; kept < there && next <= at + ahead && next < floors.length; next++) {
      kept = Math.max(kept, Math.min(there, floors[next]!));
    }
    held[at] = kept;
    there = kept;
  }
  return held;
}
