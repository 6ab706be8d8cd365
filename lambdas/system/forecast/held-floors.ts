/** Minutes that CloudWatch usually takes to tell of a minute. */
const USUAL_DELAY = 2;

/** Minutes before its own for which a floor holds already: what the lead leaves when measurements have come. */
export function minutesAhead(lead: number): number {
  return Math.max(0, lead - USUAL_DELAY);
}

/**
 * Floors as they hold. Each is set as soon as it is decided, some minutes ahead, since instances have to be made by its minute; so a lower
 * one waits until the last higher one's minute is over. In each minute the highest of its own and of those decided since holds.
 * @param floors as decided for each minute
 */
export function heldFloors(floors: Float64Array, lead: number): Float64Array {
  const ahead = minutesAhead(lead);
  return floors.map((_, at) => {
    let most = floors[at]!;
    for (let later = Math.min(floors.length - 1, at + ahead); later > at; later--)
      most = Math.max(most, floors[later]!);
    return most;
  });
}
