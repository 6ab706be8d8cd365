export { HeldTable } from '../../lambdas/runtime/worker/held-table';
export { PermanentFailure } from '../../lambdas/runtime/worker/permanent-failure';
export { worker } from '../../lambdas/runtime/worker/worker';
