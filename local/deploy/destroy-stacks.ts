import { LocalError } from '../local-error';
import { CloudFormation } from './cloudformation';
import { cloudApiAt, type RunningStack } from './deployer';

const POLL_MS = 100;

/**
 * Deletes deployed stacks, each one before the stacks that it depends on.
 * @throws LocalError if a stack can't be deleted
 */
export async function destroyStacks(endpoint: string, stacks: readonly RunningStack[]): Promise<void> {
  for (const stack of [...stacks].reverse()) {
    const cloudFormation = new CloudFormation(cloudApiAt(endpoint, stack));
    const before = await cloudFormation.find(stack.name);
    if (before === undefined) continue;
    await cloudFormation.delete(before.id);
    let state = before;
    do {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      const now = await cloudFormation.find(before.id);
      if (now === undefined) break;
      state = now;
    } while (state.status === 'DELETE_IN_PROGRESS' || state === before);
    if (state.status !== 'DELETE_COMPLETE' && state.status !== before.status) {
      throw new LocalError(`stack ${stack.id} must be deleted, its state is ${state.status}`);
    }
  }
}
