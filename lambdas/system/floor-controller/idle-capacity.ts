import { resourceIdOf } from '../../../lib/protocol';
import type { Provisioned } from './aliases';
import type { Plan } from './apply-plan';
import type { TickRecord } from './capacity-store';
import type { ReadTarget } from './capacity-target';
import type { TickDependencies } from './tick-dependencies';

/** Longer than measurements may be late in, and than target tracking would take. */
const IDLE_MINUTES = 30;

/**
 * Gives back what an alias without any traffic keeps above its floor. Lambda measures no utilisation while nothing runs, so target tracking, which
 * takes capacity away after a quarter of an hour of low values, would never do it in a night without a request.
 * @returns how many instances were given back
 */
export async function releaseIdle(
  target: ReadTarget['target'],
  { floor }: Required<Plan>,
  idleMinutes: number,
  provisioned: Provisioned | undefined,
  record: TickRecord,
  { aliases, store }: TickDependencies,
): Promise<number | undefined> {
  const spare = (provisioned?.requested ?? 0) - floor;
  if (idleMinutes < IDLE_MINUTES || spare <= 0) return undefined;
  // A later run may have raised the floor meanwhile.
  if ((await store.record(resourceIdOf(target)))?.run !== record.run) return undefined;
  await aliases.provision(target.functionName, target.aliasName, floor);
  return spare;
}
