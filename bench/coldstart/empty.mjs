/** The floor: what starting Node and reading a file takes. */
export const handler = async () => ({ batchItemFailures: [] });
