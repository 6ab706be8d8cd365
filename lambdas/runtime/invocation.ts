import { AsyncLocalStorage } from 'node:async_hooks';
import {
  Environment,
  type TraceContext,
  type TrialDecision,
  traceOfXray,
  xrayTraceId,
  xrayTraceIdOf,
} from '../../lib/protocol';
import type { Log, LogFields } from './log';
import { isProvisioned } from './preload';

/**
 * Time at the end of an invocation that table calls can't use, so that the handler can still answer
 * after a call has failed.
 */
const MAX_RESERVE_MS = 500;
/**
 * Maximum share of an invocation's time for the reserve. It applies to functions with a short
 * timeout.
 */
const MAX_RESERVE_PART = 0.1;

type Variables = Readonly<Record<string, string | undefined>>;

export interface RunProps {
  /** Id that Lambda gave to the run. */
  readonly requestId: string | undefined;
  /** Name of the function in its log lines: `serviceOf`. */
  readonly service: string | undefined;
  readonly log: Log;
  readonly environment: Variables;
}

/** Whether the process has had no run yet. Lambda starts provisioned processes before a request. */
let isCold = !isProvisioned();

/** One run of the function by Lambda: for a request, or for a batch of messages. */
export class Run {
  /** Writes a line with the fields of the run. */
  readonly log: Log;
  /** Fields of each log line of the run, with the names of Powertools for AWS Lambda. */
  readonly fields: LogFields;
  private readonly xrayHeader: string | undefined;
  private ends: (() => void)[] | undefined = [];

  constructor({ requestId, service, log, environment }: RunProps) {
    this.log = (level, message, fields) => log(level, message, { ...this.fields, ...fields });
    this.xrayHeader = environment['_X_AMZN_TRACE_ID'];
    this.fields = {
      service,
      cold_start: isCold,
      function_request_id: requestId,
      xray_trace_id: xrayTraceId(this.xrayHeader),
    };
    isCold = false;
  }

  /** Trace of the run. Undefined if Lambda set none. */
  get trace(): TraceContext | undefined {
    return traceOfXray(this.xrayHeader);
  }

  get hasEnded(): boolean {
    return this.ends === undefined;
  }

  /** Calls a function once, before the run returns its result. */
  atEnd(call: () => void): void {
    this.ends?.push(call);
  }

  end(): void {
    const { ends = [] } = this;
    this.ends = undefined;
    for (const call of ends) call();
  }
}

/** Fields of a log line outside of a run, such as at the start of the process. */
export function outsideFields(): LogFields {
  return { service: serviceOf(process.env) };
}

/** The name of the module or worker. A function of another construct has only its own name. */
export function serviceOf(environment: Variables): string | undefined {
  return environment[Environment.NAME] ?? environment['AWS_LAMBDA_FUNCTION_NAME'];
}

/** A message that a run handles. */
export interface HandledMessage {
  /** Id of the SQS message. */
  readonly messageId: string;
  readonly correlationId: string | undefined;
  readonly trace: TraceContext | undefined;
  /** Body of the message as it was sent, before its schema changed it. */
  readonly sentBody: unknown;
  /** Decision of a person about the message. */
  readonly decision?: Decision | undefined;
}

/** Decision of a person about a message that was given up. */
export interface Decision {
  readonly kind: TrialDecision;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Fields of each log line about a message, in addition to those of its run. */
export function messageFields({
  messageId,
  correlationId,
  trace,
}: Omit<HandledMessage, 'sentBody' | 'decision'>): LogFields {
  return {
    ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
    ...(trace === undefined ? {} : { origin_xray_trace_id: xrayTraceIdOf(trace) }),
    messageId,
  };
}

/** Time limit, correlation ID and trace of a request or message, for calls of its handler. */
export class Invocation {
  private readonly reserveMs: number;

  constructor(
    private readonly left: () => number,
    /**
     * Id of the request that began this chain of requests and messages. New messages get the same
     * id. Undefined if the beginning of the chain is unknown.
     */
    readonly correlationId?: string,
    readonly run?: Run,
    /** Undefined for a request. */
    private readonly message?: HandledMessage,
  ) {
    this.reserveMs = Math.min(MAX_RESERVE_MS, left() * MAX_RESERVE_PART);
  }

  /** Body of the message as it was sent. Undefined for a request. */
  get sentBody(): unknown {
    return this.message?.sentBody;
  }

  /** Decision of a person about the message. */
  get decision(): Decision | undefined {
    return this.message?.decision;
  }

  /** Trace for new messages. A message's trace is carried on, and its run's own trace is not. */
  get trace(): TraceContext | undefined {
    return this.message?.trace ?? this.run?.trace;
  }

  /** Fields of a log line that the handler writes, in addition to those of the run. */
  get logFields(): LogFields {
    return this.message === undefined ? { correlation_id: this.correlationId } : messageFields(this.message);
  }

  /** Milliseconds that are left for calls. At most 0 if no time is left. */
  remainingMs(): number {
    return this.left() - this.reserveMs;
  }
}

const current = new AsyncLocalStorage<Invocation>();

/** Runs a handler so that table calls inside of it end before the invocation does. */
export function withInvocation<R>(invocation: Invocation, run: () => R | Promise<R>): R | Promise<R> {
  return current.run(invocation, run);
}

/** The current invocation; undefined outside of `routes()` and `worker()`. */
export function currentInvocation(): Invocation | undefined {
  return current.getStore();
}
