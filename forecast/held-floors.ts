/** Usual delay of CloudWatch, in minutes. */
const USUAL_DELAY = 2;

/** How many minutes ahead of its own minute a floor is set: the lead time less the metric delay. */
export function minutesAhead(lead: number): number {
  return Math.max(0, lead - USUAL_DELAY);
}

/**
 * Capacity that results from floors. Each floor is set some minutes ahead, because instances take
 * time to start. Capacity rises in the minute of a floor, as if instances took the whole lead time
 * to start. It falls only when none of the floors set by then needs it, so a later, lower floor
 * releases no instance before its own minute.
 * @param floors as decided for each minute
 */
export function heldFloors(floors: Float64Array, lead: number): Float64Array {
  const ahead = minutesAhead(lead);
  const held = new Float64Array(floors.length);
  let there = 0;
  for (let at = 0; at < floors.length; at++) {
    // Stops at the first floor that needs the current capacity, which is usually the first one.
    let kept = floors[at]!;
    for (let next = at + 1; kept < there && next <= at + ahead && next < floors.length; next++) {
      kept = Math.max(kept, Math.min(there, floors[next]!));
    }
    held[at] = kept;
    there = kept;
  }
  return held;
}
