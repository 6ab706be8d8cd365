import { type Envelope, type QuarantineReason, UnknownVersion } from '../../../lib/protocol';
import { type Decision, type HandledMessage, Invocation, messageFields, withInvocation } from '../invocation';
import { errorFields, type LogFields } from '../log';
import { isOnce } from '../once/once-handlers';
import { checkForLog } from '../standard-schema';
import type { BatchSettings, WorkerContext } from './batch';
import { type Failure, failureOf } from './entry';
import { isOverload } from './is-overload';
import type { MessagePart, MessageReader } from './message-forms';
import { wrongTime } from './message-time';
import type { Load } from './pace';
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
  /** Undefined if the run shows nothing about the load of partners and tables. */
  readonly load?: Load | undefined;
}

/**
 * Runs the handler for one message. If the message has several parts, the handler runs for one
 * after the other, until one fails.
 * @returns its outcome. It doesn't throw.
 */
export async function runMessage<Body>(record: QueueRecord, run: MessageRun<Body>): Promise<RunEnd> {
  const { settings, signal } = run;
  try {
    const isFree = (await settings.judge?.trials.begin(record)) ?? true;
    if (!isFree) return { outcome: 'quarantined', fields: { reason: 'its trial is over' } };
  } catch (error) {
    return { outcome: 'deferred', seconds: UNKNOWN_TRIAL_SECONDS, fields: errorFields(error) };
  }
  let parts: readonly MessagePart[];
  try {
    parts = settings.read(record, settings.judge?.trials.of(record)?.id);
  } catch (error) {
    // Readers quote no values.
    const text = error instanceof Error ? error.message : 'not a message';
    const end = { fields: { reason: text }, failure: failureOf(error, text) };
    // A deployment may update the relay before the worker, so the message waits for the worker's
    // update.
    if (error instanceof UnknownVersion) return { outcome: 'failed', reasonInTime: 'unknown-version', ...end };
    return { outcome: 'malformed', reason: 'malformed', ...end };
  }
  const [first] = parts;
  if (first === undefined) return { outcome: 'done', fields: { reason: 'it is a test of the source' } };
  const { envelope } = first;
  const decision = settings.judge?.trials.decisionOf(record);
  const about = aboutParts(record, parts);
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
    // If Lambda froze the process meanwhile, another delivery may rely on the entry already.
    if (run.context.getRemainingTimeInMillis() > 0) await settings.judge?.takeBack(record);
    return { outcome: 'not begun', fields: about };
  }
  if (decision?.kind === 'done' && !isOnce(settings.handle)) {
    return { outcome: 'done', envelope, fields: { ...about, reason: 'a person decided that it is done' } };
  }
  for (const part of parts) {
    // The batch's time may have ended during an earlier part.
    if (signal.aborted) return { outcome: 'unfinished', envelope, fields: about };
    const failed = await runPart(part, record, decision, run);
    if (failed !== undefined) return { ...failed, envelope, fields: { ...about, ...failed.fields } };
  }
  return { outcome: 'done', envelope, fields: about, load: 'good' };
}

/**
 * Runs the handler for one part of a message.
 * @returns the end of the message's run if the part failed
 */
async function runPart<Body>(
  { envelope, source }: MessagePart,
  record: QueueRecord,
  decision: Decision | undefined,
  { settings, context, signal }: MessageRun<Body>,
): Promise<RunEnd | undefined> {
  const { id, to, group, time, correlationId, trace } = envelope;
  const { messageId } = record;
  const handled: HandledMessage = { messageId, correlationId, trace, sentBody: envelope.body, decision };
  try {
    const checked = settings.schema === undefined ? undefined : await checkForLog(settings.schema, envelope.body);
    if (checked !== undefined && 'paths' in checked) {
      // The schema's messages aren't logged, because they may contain values.
      const { paths } = checked;
      const text = 'body does not fit the schema';
      return {
        outcome: 'refused',
        reason: 'refused',
        fields: { reason: text, issues: paths },
        failure: { text: `${text}: ${paths.join(', ')}`, traits: ['schema', ...membersOf(paths)] },
      };
    }
    const message = {
      id,
      to,
      ...(correlationId === undefined ? {} : { correlationId }),
      ...(trace === undefined ? {} : { trace }),
      ...(group === undefined ? {} : { group }),
      ...(source === undefined ? {} : { source }),
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
    return undefined;
  } catch (error) {
    const logged = errorFields(error);
    const end = {
      fields: logged,
      failure: failureOf(error, String(logged['reason'])),
      load: isOverload(error) ? ('overload' as const) : undefined,
    };
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

/**
 * Fields of a log line about a message that isn't run, as far as the message's text can be read.
 */
export function aboutRecord(record: QueueRecord, read: MessageReader): LogFields {
  try {
    return aboutParts(record, read(record));
  } catch {
    return { messageId: record.messageId };
  }
}

/** The group isn't logged, because it may name a person. */
function aboutParts({ messageId }: QueueRecord, parts: readonly MessagePart[]): LogFields {
  const [first] = parts;
  if (first === undefined) return { messageId };
  const { id, to, correlationId, trace } = first.envelope;
  const records = parts.length === 1 ? {} : { records: parts.length };
  return { ...messageFields({ messageId, correlationId, trace }), id, to, ...records };
}
