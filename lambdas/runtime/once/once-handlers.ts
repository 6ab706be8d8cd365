/** Handlers that `once()` made. */
const made = new WeakSet<object>();

/** Notes that `once()` made a handler. */
export function noteOnce<Handler extends object>(handler: Handler): Handler {
  made.add(handler);
  return handler;
}

/** Whether `once()` made a handler. Only such a handler can store the mark of a step alone. */
export function isOnce(handler: object): boolean {
  return made.has(handler);
}
