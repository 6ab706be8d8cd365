export { HeldTable } from '../../lambdas/runtime/worker/held-table';
export { PermanentFailure } from '../../lambdas/runtime/worker/permanent-failure';
export { TryLater } from '../../lambdas/runtime/worker/try-later';
export { worker } from '../../lambdas/runtime/worker/worker';
