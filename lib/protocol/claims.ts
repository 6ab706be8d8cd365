/**
 * Days after which the claim of a step is deleted. A message is in a queue for at most 14 days, and
 * in quarantine for 90 days. A person may send it again and again, so a claim stays much longer.
 */
export const CLAIM_DAYS = 365;

/** Sort key of a claim in the quarantine table. */
export const CLAIM_SORT_KEY = 'claim';

/**
 * Partition key of the claim of a step in the quarantine table.
 * @param worker name of the worker that does the step
 * @param hash of the table, the step and the item's key; `*` for all claims of the worker
 */
export function claimKey(worker: string, hash: string): string {
  return `once#${worker}#${hash}`;
}
