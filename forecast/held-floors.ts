/** Usual delay of CloudWatch's metrics, in minutes. */
const USUAL_DELAY = 2;

/**
 * Minutes by which a floor is set before its own minute: the lead time minus the delay of metrics.
 */
export function minutesAhead(lead: number): number {
  return Math.max(0, lead - USUAL_DELAY);
}

/**
 * Computes the capacity that results from floors. Each floor is set some minutes before its own
 * minute, because instances need time to start. Capacity rises in a floor's own minute, as if
 * instances needed the whole time until then to start. Capacity falls if none of the floors already
 * set needs it. So a lower floor releases instances only in its own minute.
 * @param floors the decided floor of each minute
 */
export function heldFloors(floors: Float64Array, lead: number): Float64Array {
  const ahead = minutesAhead(lead);
  const held = new Float64Array(floors.length);
  let capacity = 0;
  for (let at = 0; at < floors.length; at++) {
    // The loop ends at the first floor that needs the current capacity, usually immediately.
    let kept = floors[at]!;
    for (let next = at + 1; kept < capacity && next <= at + ahead && next < floors.length; next++) {
      kept = Math.max(kept, Math.min(capacity, floors[next]!));
    }
    held[at] = kept;
    capacity = kept;
  }
  return held;
}
