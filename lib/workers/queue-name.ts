import { Fn, Names, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Characters for the worker's path. A queue's name has at most 80, and the stack's suffix and
 * `.fifo` need 14.
 */
const NAME_LENGTH = 66;

/**
 * Makes a name for the worker's queue: the worker's path, and the start of the stack's ID. After a
 * queue was deleted, SQS refuses its name for 60 seconds. If a stack is deleted and deployed again,
 * it has another ID, so the deployment needn't wait.
 */
export function queueName(worker: Construct, fifo: boolean): string {
  const stack = Stack.of(worker);
  const nested = Token.isUnresolved(stack.stackName);
  const path = nested
    ? Names.uniqueId(worker).slice(-NAME_LENGTH)
    : Names.uniqueResourceName(worker, { maxLength: NAME_LENGTH, separator: '-', allowedSpecialCharacters: '-_' });
  // arn:aws:cloudformation:us-east-1:123456789012:stack/NAME/0f4e1b30-...
  const stackGuid = Fn.select(2, Fn.split('/', stack.stackId));
  return `${path}-${Fn.select(0, Fn.split('-', stackGuid))}${fifo ? '.fifo' : ''}`;
}
