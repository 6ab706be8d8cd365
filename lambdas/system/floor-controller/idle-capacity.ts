import { resourceIdOf } from '../../../lib/protocol';
import type { Provisioned } from './aliases';
import type { Plan } from './apply-plan';
import type { TickRecord } from './capacity-store';
import type { ReadTarget } from './capacity-target';
import type { TickDependencies } from './tick-dependencies';

/**
 * Idle minutes before capacity is released. It is longer than the delay of measurements, and longer
 * than target tracking needs to scale in.
 */
const IDLE_MINUTES = 30;

/**
 * Lowers the provisioned concurrency of an idle alias to its floor. Target tracking scales in after
 * 15 minutes of low utilisation, but Lambda publishes no utilisation while nothing runs. So target
 * tracking would keep the instances during a night without requests.
 * @returns the number of released instances
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
  // A later run may have raised the floor in the meantime.
  if ((await store.record(resourceIdOf(target)))?.run !== record.run) return undefined;
  await aliases.provision(target.functionName, target.aliasName, floor);
  return spare;
}
