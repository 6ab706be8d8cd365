import { hash } from 'node:crypto';

/**
 * Maximum characters of an ID or an error in an entry of the quarantine. A program that writes
 * messages itself chooses its own IDs. Without this limit, an entry could exceed DynamoDB's 400 KB,
 * and each attempt to put it would fail.
 */
export const MAX_FACT = 500;

/**
 * The ID to store in an entry. An ID that is too long is replaced by its hash, so that different
 * IDs stay different.
 */
export function boundedId(id: string): string {
  return id.length <= MAX_FACT ? id : hash('sha256', id, 'hex');
}
