import { ConditionFailed, TransactionRefused } from '../../runtime';

/** Whether a write wasn't done because things are no longer, or already, as it wants them. */
export function conditionFailed(error: unknown): boolean {
  if (error instanceof ConditionFailed) return true;
  return error instanceof TransactionRefused && error.reasons.some(({ reason }) => reason === 'condition');
}

/** Whether a transaction met another one on the same items: nothing is wrong, and the next try shows who won. */
export function conflicted(error: unknown): boolean {
  return error instanceof TransactionRefused && error.reasons.some(({ reason }) => reason === 'conflict');
}
