import { resourceIdOf } from '../../../lib/protocol';
import type { TickRecord } from './capacity-store';
import type { ReadTarget } from './capacity-target';
import type { Policies } from './scalable-targets';
import type { TickDependencies } from './tick-dependencies';

/**
 * Maximum duration of a hand-over to a new version. If a deployment moves an alias with provisioned
 * concurrency to a new version, Lambda keeps all traffic on the old version (weight 1) until the
 * new version is provisioned. Initialisation may take 15 minutes. Source: AWS Lambda Developer
 * Guide, "Lambda quotas" and "Configuring provisioned concurrency".
 */
const MAX_HAND_OVER_MINUTES = 30;

/**
 * Maximum duration of a gradual shift. CodeDeploy's slowest predefined shift for Lambda takes 100
 * minutes.
 */
const MAX_SHIFT_MINUTES = 180;

/** A state in which nothing can be provisioned, with its reason. */
export interface Pause {
  readonly reason: string;
  readonly maxMinutes: number;
}

/**
 * Returns a pause if the alias has weights, because Lambda then refuses provisioned concurrency.
 */
export function pauseByWeights(weights: Readonly<Record<string, number>>): Pause | undefined {
  const [entry] = Object.entries(weights);
  if (entry === undefined) return undefined;
  const [version, weight] = entry;
  if (weight >= 1) {
    const reason = `the alias hands over: all traffic stays on version ${version} until the new version is warm`;
    return { reason, maxMinutes: MAX_HAND_OVER_MINUTES };
  }
  const reason = `the alias sends ${weight} of its traffic to version ${version}`;
  return { reason, maxMinutes: MAX_SHIFT_MINUTES };
}

/**
 * Returns a pause if only another policy scales the alias. That policy belongs to a scalable target
 * of CloudFormation, which the current deployment will delete.
 */
export function pauseByOthers({ utilisation, others }: Policies): Pause | undefined {
  if (utilisation !== undefined || others.length === 0) return undefined;
  const reason = `the alias is still scaled by ${others.join(', ')}, which the deployment must delete first`;
  return { reason, maxMinutes: MAX_HAND_OVER_MINUTES };
}

/** Advice for a pause that lasts longer than `maxMinutes`. Undefined for a shorter pause. */
export function overdue({ maxMinutes }: Pause, pausedSince: number, minute: number): string | undefined {
  const minutes = minute - pausedSince;
  if (minutes < maxMinutes) return undefined;
  return (
    `for ${minutes} minutes, at most ${maxMinutes} are expected: see "A pause that doesn't end" in ` +
    'docs/constructs/predictive-scaling.md'
  );
}

/** Records the first minute of a pause. @returns the current record */
export async function keepPause(
  { target }: ReadTarget,
  record: TickRecord,
  minute: number,
  { store }: Pick<TickDependencies, 'store'>,
): Promise<TickRecord & { readonly pausedSince: number }> {
  const { pausedSince } = record;
  if (pausedSince !== undefined) return { ...record, pausedSince };
  const paused = { ...record, pausedSince: minute };
  await store.replaceRecord(resourceIdOf(target), paused, record);
  return paused;
}
