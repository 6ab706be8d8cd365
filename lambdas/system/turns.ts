/** Does some work when it is its turn. */
export type Turn = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Lets a few pieces of work run at the same time. The others wait, and begin in the order of their
 * calls. So a caller with much work, who asks for a turn for each piece, delays no other caller for
 * longer than a piece.
 */
export function turns(atOnce: number): Turn {
  const waiting: (() => void)[] = [];
  let free = atOnce;
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((begin) => waiting.push(begin));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
