const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether a string is proper Unicode: half a character can't be stored as UTF-8, and would come back as another one. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/** The string with each half character replaced. */
export function toWellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}
