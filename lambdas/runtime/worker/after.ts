/** A timer. */
export interface Timer {
  readonly promise: Promise<void>;
  readonly cancel: () => void;
}

/** Resolves after some milliseconds, unless it is cancelled. */
export function after(ms: number): Timer {
  let cancel = () => {};
  const promise = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, ms));
    cancel = () => clearTimeout(timer);
  });
  return { promise, cancel };
}
