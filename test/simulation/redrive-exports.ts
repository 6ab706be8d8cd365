export { HeldTable } from '../../lambdas/runtime/worker/held-table';
export { PermanentFailure } from '../../lambdas/runtime/worker/permanent-failure';
export { worker } from '../../lambdas/runtime/worker/worker';
export { DynamoDbEntries } from '../../lambdas/system/quarantine/dynamodb-entries';
export { DynamoDbQuarantine } from '../../lambdas/system/quarantine/dynamodb-quarantine';
export { redrive } from '../../lambdas/system/redrive/redrive';
export { WorkerQueues } from '../../lambdas/system/redrive/worker-queues';
export { adopt } from '../../lambdas/system/tick/adopt';
