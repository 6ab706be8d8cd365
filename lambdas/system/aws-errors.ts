/**
 * Error code of AWS. SQS's query protocol and some emulators add a namespace, which is dropped:
 * 'AWS.SimpleQueueService.BatchRequestTooLong'.
 */
export function errorCode(error: unknown): string {
  return error instanceof Error ? error.name.slice(error.name.lastIndexOf('.') + 1) : 'Unknown';
}

/** Whether an error has one of these error codes of AWS. */
export function isRefusal(error: unknown, ...codes: string[]): error is Error {
  return error instanceof Error && codes.includes(error.name);
}

/**
 * Sends a conditional write to DynamoDB.
 * @returns false if its condition doesn't hold
 */
export async function isConditionMet(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (isRefusal(error, 'ConditionalCheckFailedException')) return false;
    throw error;
  }
}
