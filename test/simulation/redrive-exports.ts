export { HeldTable } from '../../lambdas/runtime/worker/held-table';
export { PermanentFailure } from '../../lambdas/runtime/worker/permanent-failure';
export { worker } from '../../lambdas/runtime/worker/worker';
export { DynamoDbEntries } from '../../lambdas/system/redrive/dynamodb-entries';
export { redrive } from '../../lambdas/system/redrive/redrive';
export { WorkerQueues } from '../../lambdas/system/redrive/worker-queues';
export { DynamoDbQuarantine } from '../../lambdas/system/relay/dynamodb-quarantine';
export { adopt } from '../../lambdas/system/tick/adopt';
