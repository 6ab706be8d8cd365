import {
  MAX_LEFT,
  QUARANTINE_DAYS,
  QUARANTINE_REASONS,
  type QuarantineEntry,
  type QuarantineReason,
  type RedriveFault,
  type RedriveList,
  type RedriveWaiting,
} from '../../lib/protocol';
import type { Discard } from './discard';
import type { TrialResult } from './trial';

const MINUTE = 60_000;

/**
 * The list of faults, and of the messages that wait.
 * @param now milliseconds since 1970
 * @param fingerprint of the only fault to show; empty to show all
 */
export function listText(list: RedriveList, now: number, fingerprint = ''): string {
  // A stack that was deployed with an earlier version answers only with the faults, without the
  // waiting messages.
  const {
    faults,
    more = 0,
    isComplete = true,
    waiting = [],
  }: Partial<RedriveList> & Pick<RedriveList, 'faults'> = list;
  const held = faults.reduce((sum, fault) => sum + fault.held + fault.sent, 0);
  const atLeast = isComplete && more === 0 ? '' : 'At least ';
  const total = `${atLeast}${held} ${held === 1 ? 'message is' : 'messages are'} held`;
  const kinds = `${faults.length + more} ${faults.length + more === 1 ? 'fault' : 'faults'}`;
  return [
    ...(faults.length === 0
      ? ['No message is held.']
      : [`${total}, with ${kinds}. They are kept for ${QUARANTINE_DAYS} days.`]),
    ...faults.map((fault) => faultText(fault, now)),
    ...(more === 0 ? [] : [`The list shows the ${faults.length} faults with the most messages.`]),
    ...(fingerprint === '' && waiting.length > 0 ? [waitingText(waiting, now)] : []),
    ...(faults.length === 0
      ? []
      : [`Correct the cause, then send one message: 'redrive ${fingerprint || 'FINGERPRINT'} --try 1'. See --help.`]),
  ].join('\n\n');
}

function waitingText(waiting: readonly RedriveWaiting[], now: number): string {
  return [
    'Messages that wait. The tick sends them when their target accepts messages, or is deployed:',
    ...waiting.map(
      ({ target, count, oldest, isComplete }) =>
        `  ${target}: ${isComplete ? '' : 'at least '}${count}, the oldest from ${ageOf(now - Date.parse(oldest))} ago`,
    ),
  ].join('\n');
}

function faultText(fault: RedriveFault, now: number): string {
  const { fingerprint, target, reason, error, held, sent, oldest, newest, body } = fault;
  const [first, last] = [oldest, newest].map((time) => ageOf(now - Date.parse(time)));
  const ages = first === last ? first : `${first} to ${last}`;
  return [
    `${fingerprint}   ${target}: ${held} held${sent > 0 ? `, ${sent} on trial` : ''}, from ${ages} ago`,
    `  ${meaningOf(reason)}${error === undefined ? '' : ` (${error})`}`,
    ...(body.length === 0 ? [] : [`  ${body.join(', ')}`]),
    ...(reason === 'half-way'
      ? [
          "  Find out whether the effect happened. If it did, use '--done --id ID', otherwise '--again --id ID'. '--show' prints the IDs.",
        ]
      : []),
  ].join('\n');
}

/** The result of a trial. */
export function trialText({ done, relapsed, refused, pending, left }: TrialResult): string {
  return [
    ...relapsed.map(
      ({ id, reason, error, fingerprint }) =>
        `${id} failed again: ${meaningOf(reason)}${error === undefined ? '' : ` (${error})`}. Its fingerprint is ${fingerprint}.`,
    ),
    ...refused.map(({ id, refused: why }) => `${id} was not sent: ${why}.`),
    ...pending.map((id) => `${id} is still on trial.`),
    ...(pending.length === 0
      ? []
      : ['See the list later. A message whose trial has no result after 15 minutes can be sent again.']),
    `${done} done, ${relapsed.length} held again, ${refused.length} not sent, ${pending.length} on trial, ${numberOf(left)} left.`,
  ].join('\n');
}

/** The result of a discard. */
export function discardText({ discarded, left }: Discard): string {
  if (left === 0) return `${discarded} discarded.`;
  return `${discarded} discarded, ${numberOf(left)} left: other commands may be changing them. Run the command again.`;
}

/** A number that is counted up to `MAX_LEFT`. */
function numberOf(left: number): string {
  return left < MAX_LEFT ? String(left) : `${MAX_LEFT} or more`;
}

/**
 * A text without characters that control a terminal. Any sender of a message may have written them.
 */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '?');
}

/** A message with its values. */
export function messageText({ id, to, content, receives, first }: QuarantineEntry): string {
  return `${id} to ${to}, received ${receives} times since ${first}\n${pretty(content)}`;
}

function pretty(content: string): string {
  try {
    return JSON.stringify(JSON.parse(content), null, 2);
  } catch {
    return content;
  }
}

function meaningOf(reason: QuarantineReason | undefined): string {
  return reason === undefined
    ? 'no reason is known'
    : `${reason}: ${QUARANTINE_REASONS[reason] ?? 'an unknown reason'}`;
}

function ageOf(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / MINUTE));
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}
