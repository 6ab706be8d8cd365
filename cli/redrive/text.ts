import {
  QUARANTINE_DAYS,
  QUARANTINE_REASONS,
  type QuarantineEntry,
  type QuarantineReason,
  type RedriveFault,
} from '../../lib/protocol';
import type { TrialResult } from './trial';

const MINUTE = 60_000;

/** The list of faults. @param now milliseconds since 1970 */
export function listText(faults: readonly RedriveFault[], now: number): string {
  if (faults.length === 0) return 'No message is held.';
  const held = faults.reduce((sum, fault) => sum + fault.held + fault.sent, 0);
  return [
    `${held} ${held === 1 ? 'message is' : 'messages are'} held, with ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}. They are kept for ${QUARANTINE_DAYS} days.`,
    ...faults.map((fault) => faultText(fault, now)),
    "Mend the fault, then send one message: 'redrive FINGERPRINT --try 1'. See --help.",
  ].join('\n\n');
}

function faultText(fault: RedriveFault, now: number): string {
  const { fingerprint, target, reason, error, held, sent, oldest, newest, body } = fault;
  const age = (time: string) => ageOf(now - Date.parse(time));
  return [
    `${fingerprint}   ${target}: ${held} held${sent > 0 ? `, ${sent} on trial` : ''}, from ${age(oldest)} to ${age(newest)} ago`,
    `  ${meaningOf(reason)}${error === undefined ? '' : ` (${error})`}`,
    ...(body.length === 0 ? [] : [`  ${body.join(', ')}`]),
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
    `${done} done, ${relapsed.length} held again, ${refused.length} not sent, ${pending.length} on trial, ${left} left.`,
  ].join('\n');
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
