/**
 * Makes a value when it is first asked for and keeps it while the process lives. A failure isn't kept: whoever waited hears of
 * it, and whoever asks next tries again.
 */
export function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
