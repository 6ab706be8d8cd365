import { setTimeout as sleep } from 'node:timers/promises';
import type { RedriveDiscarded, RedriveFound, RedriveList } from '../../lib/protocol';
import { awsOf, type Cloud } from './aws';
import { HELP, type Options, parseOptions } from './options';
import { RedriveError, RefusedError } from './redrive-error';
import { listText, messageText, trialText } from './text';
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
    console.error(error instanceof RedriveError ? error.message : (error as Error).stack);
    return error instanceof RefusedError ? 1 : 2;
  }
}

async function redrive({ action, fingerprint = '', id, waitSeconds, json }: Options, cloud: Cloud): Promise<number> {
  const selection = { fingerprint, ...(id === undefined ? {} : { id }) };
  const print = (value: unknown, text: string) => console.log(json ? JSON.stringify(value, null, 2) : text);
  switch (action.kind) {
    case 'list': {
      const { faults } = await cloud.ask<RedriveList>({ verb: 'list' });
      const shown = fingerprint === '' ? faults : faults.filter((fault) => fault.fingerprint === fingerprint);
      if (fingerprint !== '' && shown.length === 0) {
        throw new RefusedError(`No held message has the fingerprint '${fingerprint}': run the command without one.`);
      }
      print({ faults: shown }, listText(shown, Date.now()));
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
      let discarded = 0;
      let answer: RedriveDiscarded;
      do {
        answer = await cloud.ask<RedriveDiscarded>({ verb: 'discard', ...selection, reason: action.reason });
        discarded += answer.discarded;
      } while (answer.left > 0);
      print({ discarded }, `${discarded} discarded.`);
      return 0;
    }
    case 'try': {
      const { size, decision } = action;
      const result = await runTrial(
        { selection, size, waitMs: waitSeconds * 1_000, ...(decision === undefined ? {} : { decision }) },
        {
          ask: cloud.ask,
          now: () => performance.now(),
          sleep: (ms) => sleep(ms),
          report: (line) => {
            if (!json) console.log(line);
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
