/** Whether an error has one of these error codes of AWS. */
export function isRefusal(error: unknown, ...codes: string[]): error is Error {
  return error instanceof Error && codes.includes(error.name);
}
