/**
 * Makes a value at the first call and keeps it while the process lives. A failure isn't kept: it
 * rejects the calls that wait for it, and the next call makes the value anew.
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
