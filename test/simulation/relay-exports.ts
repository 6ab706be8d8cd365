export { redrive } from '../../lambdas/system/redrive/redrive';
export { relay } from '../../lambdas/system/relay/relay';
export { drainTarget } from '../../lambdas/system/tick/drain-target';
