import { parseArgs } from 'node:util';
import type { TrialDecision } from '../../lib/protocol';
import { RedriveError } from './redrive-error';

const USAGE =
  'usage: npx breakwater redrive [FINGERPRINT] --stack NAME [--try 1|10|all | --show | --done | --again | --discard REASON]';

export const HELP = `${USAGE}

Without an option, it lists the messages that the stack's workers and relay gave up, by fault, and the number of those
that wait for their target. The list has a FINGERPRINT for each fault. With the FINGERPRINT and an option:

  --try 1|10|all     send one message again, ten, or all (first 1, then 10, then 100 at a time), the oldest first, and wait
                     for their end. It stops at the first message that fails again
  --again            send messages whose step ended half-way, and run the step again (one message, or with --try)
  --done             send them, but only store that the step is done (one message, or with --try)
  --discard REASON   delete the messages. The reason is logged. It needs the right of grantDiscard()
  --show             print the oldest 10 messages, with all values. It needs the right of grantReadMessages()
  --id ID            only the message with this id

  --stack NAME       top-level stack with the quarantine
  --region NAME      its Region (default: AWS_REGION)
  --profile NAME     profile of the AWS CLI with the credentials (default: those in the environment)
  --wait SECONDS     time to wait for the end of the sent messages (default: 120)
  --json             print JSON

Messages that are held after the command has begun aren't sent or discarded. Run it again for them.

Exits with 0 if all was done, 1 if a message or the command was refused, 2 if the arguments are wrong or AWS can't be
called, 3 if a message failed again, 4 if messages are still on trial after the wait.`;

/** Number of messages to send. */
export type TrialSize = 1 | 10 | 'all';

/** Action on the messages of a fault. */
export type Action =
  | { readonly kind: 'list' }
  | { readonly kind: 'show' }
  | { readonly kind: 'discard'; readonly reason: string }
  | { readonly kind: 'try'; readonly size: TrialSize; readonly decision?: TrialDecision };

export interface Options {
  readonly stack: string;
  readonly region: string | undefined;
  readonly profile: string | undefined;
  readonly fingerprint: string | undefined;
  readonly id: string | undefined;
  readonly waitSeconds: number;
  readonly json: boolean;
  readonly action: Action;
}

/**
 * Reads the arguments of the command.
 * @returns undefined if they ask for help
 * @throws RedriveError if they are wrong
 */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values, positionals } = parsed(args);
  if (values.help === true) return undefined;
  const [fingerprint, ...more] = positionals;
  if (more.length > 0) throw wrong(`one FINGERPRINT or none, got ${positionals.length}`);
  if (values.stack === undefined) throw wrong('--stack NAME, the name of the top-level stack, got none');
  const action = actionOf(values);
  if (action.kind !== 'list' && fingerprint === undefined) {
    throw wrong('the FINGERPRINT of a fault, which the list shows, got none');
  }
  if (action.kind === 'list' && values.id !== undefined) {
    throw wrong('--try, --show, --done, --again or --discard together with --id, got none');
  }
  const waitSeconds = Number(values.wait ?? 120);
  if (!(waitSeconds >= 0)) throw wrong(`--wait in seconds, 0 or more, got '${values.wait}'`);
  return {
    stack: values.stack,
    region: values.region,
    profile: values.profile,
    fingerprint,
    id: values.id,
    waitSeconds,
    json: values.json === true,
    action,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        stack: { type: 'string' },
        region: { type: 'string' },
        profile: { type: 'string' },
        try: { type: 'string' },
        show: { type: 'boolean' },
        done: { type: 'boolean' },
        again: { type: 'boolean' },
        discard: { type: 'string' },
        id: { type: 'string' },
        wait: { type: 'string' },
        json: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new RedriveError(`${(error as Error).message}\n${USAGE}`);
  }
}

function actionOf(values: ReturnType<typeof parsed>['values']): Action {
  const { show, done, again, discard } = values;
  const given = [show && '--show', done && '--done', again && '--again', discard !== undefined && '--discard'];
  const chosen = given.filter((name) => typeof name === 'string');
  if (chosen.length > 1) throw wrong(`one of --show, --done, --again and --discard, got ${chosen.join(' and ')}`);
  if (values.try !== undefined && (show || discard !== undefined)) throw wrong(`--try or ${chosen[0]}, got both`);
  if (show) return { kind: 'show' };
  if (discard !== undefined) {
    if (discard.trim() === '') throw wrong('a reason after --discard, got an empty one');
    return { kind: 'discard', reason: discard };
  }
  const decision = done ? 'done' : again ? 'again' : undefined;
  if (values.try === undefined && decision === undefined) return { kind: 'list' };
  return { kind: 'try', size: sizeOf(values.try ?? '1'), ...(decision === undefined ? {} : { decision }) };
}

function sizeOf(text: string): TrialSize {
  if (text === '1') return 1;
  if (text === '10') return 10;
  if (text === 'all') return 'all';
  throw wrong(`--try 1, 10 or all, got '${text}'`);
}

function wrong(expectedAndGot: string): RedriveError {
  return new RedriveError(`The command needs ${expectedAndGot}.\n${USAGE}`);
}
