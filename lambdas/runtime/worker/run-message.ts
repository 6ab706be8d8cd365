import { type Envelope, parseEnvelope, type QuarantineReason, UnknownVersion } from '../../../lib/protocol';
import { type HandledMessage, Invocation, messageFields, withInvocation } from '../invocation';
import { errorFields, type LogFields } from '../log';
import { isOnce } from '../once/once-handlers';
import { checkForLog } from '../standard-schema';
import type { BatchSettings, WorkerContext } from './batch';
import { type Failure, failureOf } from './entry';
import { wrongTime } from './message-time';
import { PermanentFailure } from './permanent-failure';
import { type Outcome, type QueueRecord, receiveCount } from './records';
import { TryLater } from './try-later';

/** Seconds until a message is redelivered if the entry of its trial can't be read. */
const UNKNOWN_TRIAL_SECONDS = 30;

/** The invocation of which a message's run is a part. */
export interface MessageRun<Body> {
  readonly settings: BatchSettings<Body>;
  readonly context: WorkerContext;
  /** Aborted when the time for the batch is over. */
  readonly signal: AbortSignal;
  /** Called before the run can end without a result. */
  begin(record: QueueRecord): void;
}

/** End of a run of a message. */
export interface RunEnd {
  readonly outcome: Outcome;
  readonly fields?: LogFields;
  readonly envelope?: Envelope;
  /** Reason of a failure that no retry can help. */
  readonly reason?: QuarantineReason;
  /** Reason for which the message is given up after its give-up time. @default 'gave-up' */
  readonly reasonInTime?: QuarantineReason;
  readonly failure?: Failure;
  /** Seconds until SQS redelivers a deferred message. */
  readonly seconds?: number;
}

/**
 * Runs the handler for one message.
 * @returns its outcome. It doesn't throw.
 */
export async function runMessage<Body>(record: QueueRecord, run: MessageRun<Body>): Promise<RunEnd> {
  const { settings, context, signal } = run;
  try {
    const isFree = (await settings.judge?.trials.begin(record)) ?? true;
    if (!isFree) return { outcome: 'quarantined', fields: { reason: 'its trial is over' } };
  } catch (error) {
    return { outcome: 'deferred', seconds: UNKNOWN_TRIAL_SECONDS, fields: errorFields(error) };
  }
  const decision = settings.judge?.trials.decisionOf(record);
  let envelope: Envelope;
  try {
    envelope = parseEnvelope(record.body);
  } catch (error) {
    // `parseEnvelope` quotes no values.
    const text = error instanceof Error ? error.message : 'not an envelope';
    const end = { fields: { reason: text }, failure: failureOf(error, text) };
    // A deployment may update the relay before the worker, so the message waits for it.
    if (error instanceof UnknownVersion) return { outcome: 'failed', reasonInTime: 'unknown-version', ...end };
    return { outcome: 'malformed', reason: 'malformed', ...end };
  }
  const { id, to, group, time, correlationId, trace } = envelope;
  const { messageId } = record;
  const handled: HandledMessage = { messageId, correlationId, trace, sentBody: envelope.body, decision };
  const about = aboutMessage(handled, envelope);
  // A person who sends a message again has decided that it isn't too late.
  const wrong = settings.judge?.trials.of(record) ? undefined : wrongTime(envelope, record, settings);
  if (wrong !== undefined) {
    const { reason, text } = wrong;
    const failure = { text, traits: [reason] };
    return { outcome: 'refused', reason, envelope, fields: { ...about, reason: text }, failure };
  }
  run.begin(record);
  if (await settings.judge?.isHeld({ record, envelope })) {
    return { outcome: 'quarantined', fields: about };
  }
  if (signal.aborted) {
    await settings.judge?.takeBack(record);
    return { outcome: 'not begun', fields: about };
  }
  if (decision?.kind === 'done' && !isOnce(settings.handle)) {
    return { outcome: 'done', envelope, fields: { ...about, reason: 'a person decided that it is done' } };
  }
  try {
    const checked = settings.schema === undefined ? undefined : await checkForLog(settings.schema, envelope.body);
    if (checked !== undefined && 'paths' in checked) {
      // The schema's messages aren't logged, because they may contain values.
      const { paths } = checked;
      const text = 'body does not fit the schema';
      return {
        outcome: 'refused',
        reason: 'refused',
        envelope,
        fields: { ...about, reason: text, issues: paths },
        failure: { text: `${text}: ${paths.join(', ')}`, traits: ['schema', ...membersOf(paths)] },
      };
    }
    const message = {
      id,
      to,
      ...(correlationId === undefined ? {} : { correlationId }),
      ...(trace === undefined ? {} : { trace }),
      ...(group === undefined ? {} : { group }),
      body: (checked === undefined ? envelope.body : checked.value) as Body,
      time,
      receiveCount: receiveCount(record),
      senderId: record.attributes.SenderId,
      signal,
      remainingMs: () => context.getRemainingTimeInMillis(),
    };
    // The result is returned when the reserve begins. If a table call continued, it could run at
    // the same time as the redelivered message.
    const leftMs = () => message.remainingMs() - settings.reserveMs;
    const invocation = new Invocation(leftMs, correlationId, settings.run, handled);
    await withInvocation(invocation, () => settings.handle(message));
    return { outcome: 'done', envelope, fields: about };
  } catch (error) {
    const logged = errorFields(error);
    const end = { envelope, fields: { ...about, ...logged }, failure: failureOf(error, String(logged['reason'])) };
    if (error instanceof PermanentFailure) return { outcome: 'refused', reason: error.reason, ...end };
    if (error instanceof TryLater) {
      return { outcome: 'deferred', seconds: Math.ceil(error.seconds), ...end };
    }
    return { outcome: 'failed', ...end };
  }
}

/** Paths without positions in lists, because the same fault may be in any member. */
function membersOf(paths: readonly string[]): string[] {
  return [...new Set(paths.map((path) => path.replace(/\[\d+\]/g, '[*]')))];
}

/** Fields of a line about a message that isn't run, as far as its text can be read. */
export function aboutRecord({ messageId, body }: QueueRecord): LogFields {
  try {
    const envelope = parseEnvelope(body);
    const { correlationId, trace } = envelope;
    return aboutMessage({ messageId, correlationId, trace }, envelope);
  } catch {
    return { messageId };
  }
}

/** The group isn't logged, because it may name a person. */
function aboutMessage(handled: Parameters<typeof messageFields>[0], { id, to }: Envelope): LogFields {
  return { ...messageFields(handled), id, to };
}
