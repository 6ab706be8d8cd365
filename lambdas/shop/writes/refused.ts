import { ConditionFailed, TransactionRefused } from '../../runtime';

/** Whether a write was refused because the condition of one of its operations doesn't hold. */
export function conditionFailed(error: unknown): boolean {
  if (error instanceof ConditionFailed) return true;
  return error instanceof TransactionRefused && error.reasons.some(({ reason }) => reason === 'condition');
}

/**
 * Whether a transaction was refused because another transaction wrote the same items. A retry may
 * succeed.
 */
export function conflicted(error: unknown): boolean {
  return error instanceof TransactionRefused && error.reasons.some(({ reason }) => reason === 'conflict');
}
