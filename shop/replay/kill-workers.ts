import type { RunningShop } from '../running-shop';
import { type KillDependencies, killFunctions } from './kill-functions';

/** Functions that can be killed, by their logical IDs. */
const WORKERS = /^Shop(?:Payments|Invoices|Mail)Function[0-9A-F]{8}$/;
const RELAY = /^BreakwaterRelayFunction[0-9A-F]{8}$/;
/** Shortest and longest pause between two kills. */
const PAUSE_MS = [150, 600] as const;

/** The end of a series of kills, and the dependencies that tests replace. */
type Kills = (
  shop: RunningShop,
  count: number,
  signal: AbortSignal,
  dependencies?: Partial<KillDependencies>,
) => Promise<Map<string, number>>;

/**
 * Kills processes of workers with SIGKILL, one after another, until `count` processes are killed or
 * the signal is aborted. The relay isn't among them, because without the relay no worker is busy.
 * @returns the number of killed processes of each function
 */
export const killWorkers: Kills = (shop, count, signal, dependencies) =>
  killAll(WORKERS, shop, count, signal, dependencies);

/** Kills processes of the relay in the same way. */
export const killRelay: Kills = (shop, count, signal, dependencies) =>
  killAll(RELAY, shop, count, signal, dependencies);

function killAll(
  killed: RegExp,
  { folder, resources }: RunningShop,
  count: number,
  signal: AbortSignal,
  dependencies = {},
) {
  const functions = resources.filter(
    ({ type, logicalId }) => type === 'AWS::Lambda::Function' && killed.test(logicalId),
  );
  const names = new Map(
    functions.map(({ physicalId, logicalId }) => [
      physicalId,
      logicalId.replace(/^(?:Shop|Breakwater)|Function[0-9A-F]{8}$/g, ''),
    ]),
  );
  return killFunctions({ folder, names, count, signal, pauseMs: PAUSE_MS }, dependencies);
}
