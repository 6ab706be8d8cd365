import type { RunningShop } from '../running-shop';
import { type KillDependencies, killFunctions } from './kill-functions';

/** Logical IDs of the workers' functions. */
const WORKERS = /^Shop(?:Payments|Invoices|Mail)Function[0-9A-F]{8}$/;
/** Shortest and longest pause between two kills. */
const PAUSE_MS = [150, 600] as const;

/**
 * Kills processes of workers with SIGKILL, one after another, until `count` processes are killed or
 * the signal is aborted. The relay isn't killed, because without the relay no worker is busy.
 * @returns the number of killed processes of each function
 */
export function killWorkers(
  shop: RunningShop,
  count: number,
  signal: AbortSignal,
  dependencies: Partial<KillDependencies> = {},
): Promise<Map<string, number>> {
  const functions = shop.resources.filter(
    ({ type, logicalId }) => type === 'AWS::Lambda::Function' && WORKERS.test(logicalId),
  );
  const names = new Map(
    functions.map(({ physicalId, logicalId }) => [physicalId, logicalId.replace(/^Shop|Function[0-9A-F]{8}$/g, '')]),
  );
  return killFunctions({ folder: shop.folder, names, count, signal, pauseMs: PAUSE_MS }, dependencies);
}
