import { setTimeout as sleep } from 'node:timers/promises';
import type { RedriveFound, RedriveList } from '../../lib/protocol';
import { awsOf, type Cloud } from './aws';
import { runDiscard } from './discard';
import { HELP, type Options, parseOptions } from './options';
import { RedriveError, RefusedError } from './redrive-error';
import { discardText, listText, messageText, printable, trialText } from './text';
import { runTrial, type TrialResult } from './trial';

/** Messages that `--show` prints. */
const MAX_SHOWN = 10;

/**
 * `npx breakwater redrive`: lists messages that were given up, sends them again on trial, or
 * discards them.
 * @returns the exit code that `--help` documents
 */
export async function run(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args);
    if (options === undefined) {
      console.log(HELP);
      return 0;
    }
    return await redrive(options, awsOf(options, process.env));
  } catch (error) {
    console.error(error instanceof RedriveError ? printable(error.message) : (error as Error).stack);
    return error instanceof RefusedError ? 1 : 2;
  }
}

async function redrive({ action, fingerprint = '', id, waitSeconds, json }: Options, cloud: Cloud): Promise<number> {
  const selection = { fingerprint, ...(id === undefined ? {} : { id }) };
  const print = (value: unknown, text: string) => console.log(json ? JSON.stringify(value, null, 2) : printable(text));
  const clock = { now: () => performance.now(), sleep: (ms: number) => sleep(ms) };
  switch (action.kind) {
    case 'list': {
      const list = await cloud.ask<RedriveList>({ verb: 'list' });
      const { faults } = list;
      const shown = fingerprint === '' ? faults : faults.filter((fault) => fault.fingerprint === fingerprint);
      if (fingerprint !== '' && shown.length === 0) {
        throw new RefusedError(`No held message has the fingerprint '${fingerprint}': run the command without one.`);
      }
      const result = fingerprint === '' ? list : { faults: shown };
      print(result, listText({ ...list, ...result }, Date.now(), fingerprint));
      return 0;
    }
    case 'show': {
      const { table, keys } = await cloud.ask<RedriveFound>({ verb: 'find', ...selection, limit: MAX_SHOWN });
      const entries = [];
      for (const key of keys) {
        const entry = await cloud.read(table, key);
        if (entry !== undefined) entries.push(entry);
      }
      print({ entries }, entries.map(messageText).join('\n\n'));
      return 0;
    }
    case 'discard': {
      const result = await runDiscard(selection, action.reason, { ask: cloud.ask, ...clock });
      print(result, discardText(result));
      return result.left > 0 ? 1 : 0;
    }
    case 'try': {
      const { size, decision } = action;
      const result = await runTrial(
        { selection, size, waitMs: waitSeconds * 1_000, ...(decision === undefined ? {} : { decision }) },
        {
          ask: cloud.ask,
          ...clock,
          report: (line) => {
            if (!json) console.log(printable(line));
          },
        },
      );
      print(result, trialText(result));
      return exitCodeOf(result);
    }
  }
}

function exitCodeOf({ relapsed, refused, pending }: TrialResult): number {
  if (relapsed.length > 0) return 3;
  if (refused.length > 0) return 1;
  return pending.length > 0 ? 4 : 0;
}
