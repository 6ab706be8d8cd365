/** Position in a trace, which a message carries from the write that published it to its worker. */
export interface TraceContext {
  /**
   * W3C Trace Context, version 00: `00-<32 hex digits>-<16 hex digits>-<01 if sampled, else 00>`.
   */
  readonly traceparent: string;
}

const TRACEPARENT = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/;
/** The first parts of a `traceparent` of any version. Later versions may append parts. */
const ANY_TRACEPARENT = /^(?!ff)[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}(?:-|$)/;
const ROOT = /(?:^|;)Root=(1-([\da-f]{8})-([\da-f]{24}))(?:;|$)/;
const PARENT = /(?:^|;)Parent=([\da-f]{16})(?:;|$)/;
const NOT_ZERO = /[^0]/;
const SAMPLED_FLAG = 1;

/** Trace id of an X-Ray header, in X-Ray's form: `1-<8 hex digits>-<24 hex digits>`. */
export function xrayTraceId(header: string | undefined): string | undefined {
  return header === undefined ? undefined : ROOT.exec(header)?.[1];
}

/**
 * The trace of an X-Ray header such as Lambda's `_X_AMZN_TRACE_ID`. Only `Root`, `Parent` and
 * `Sampled` are read. `Lineage` must not travel with a message, because Lambda stops a function
 * whose lineage is longer than about 16 invocations.
 * @returns undefined if the header has no root or no parent
 */
export function traceOfXray(header: string | undefined): TraceContext | undefined {
  if (header === undefined) return undefined;
  const [, , time, random] = ROOT.exec(header) ?? [];
  const parent = PARENT.exec(header)?.[1];
  if (time === undefined || parent === undefined) return undefined;
  const flags = /(?:^|;)Sampled=1(?:;|$)/.test(header) ? '01' : '00';
  return readTrace({ traceparent: `00-${time}${random}-${parent}-${flags}` });
}

/**
 * The trace of a message. A trace is never a reason to refuse a message, so anything else than a
 * valid trace counts as none.
 */
export function readTrace(value: unknown): TraceContext | undefined {
  const traceparent = typeof value === 'object' && value !== null ? (value as Partial<TraceContext>).traceparent : '';
  if (typeof traceparent !== 'string') return undefined;
  const [, trace, parent] = TRACEPARENT.exec(traceparent) ?? [];
  return trace !== undefined && NOT_ZERO.test(trace) && NOT_ZERO.test(parent ?? '') ? { traceparent } : undefined;
}

/** The trace in the form of X-Ray, for the attribute `AWSTraceHeader` of an SQS message. */
export function xrayHeaderOf({ traceparent }: TraceContext): string {
  const [, trace = '', parent, flags = ''] = TRACEPARENT.exec(traceparent) ?? [];
  const sampled = Number.parseInt(flags, 16) & SAMPLED_FLAG;
  return `Root=${inXrayForm(trace)};Parent=${parent};Sampled=${sampled}`;
}

/** Trace id of a trace in X-Ray's form, as the log line of the chain's request has it. */
export function xrayTraceIdOf({ traceparent }: TraceContext): string {
  return inXrayForm(TRACEPARENT.exec(traceparent)?.[1] ?? '');
}

/** Trace id of a client's `traceparent`: 32 hexadecimal digits. Undefined if it isn't valid. */
export function clientTraceId(header: string | undefined): string | undefined {
  const id = header === undefined ? undefined : ANY_TRACEPARENT.exec(header)?.[1];
  return id !== undefined && NOT_ZERO.test(id) ? id : undefined;
}

function inXrayForm(trace: string): string {
  return `1-${trace.slice(0, 8)}-${trace.slice(8)}`;
}
