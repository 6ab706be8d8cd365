/**
 * Makes a value at the first call, and keeps it while the process lives. If making it fails, all
 * waiting calls are rejected. The next call then makes the value again.
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
