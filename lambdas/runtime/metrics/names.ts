import { EMBEDDED_METRICS } from '../../../lib/limits';
import { UsageError } from '../table/errors';

/** Text that CloudWatch accepts: printable ASCII characters, and not only spaces. */
const ASCII = /^(?=.*[!-~])[ -~]+$/;
const NAMESPACE = /^[\w.\-/#:]+$/;

/** Members of each line of metrics. A metric or dimension of the same name would replace them. */
const MEMBERS: ReadonlySet<string> = new Set([
  '_aws',
  'timestamp',
  'level',
  'message',
  'service',
  'cold_start',
  'function_request_id',
  'xray_trace_id',
  'correlation_id',
]);

/** @throws UsageError */
export function checkNamespace(namespace: unknown): void {
  const { MAX_NAMESPACE_LENGTH: max } = EMBEDDED_METRICS;
  if (
    typeof namespace === 'string' &&
    NAMESPACE.test(namespace) &&
    !namespace.startsWith(':') &&
    namespace.length <= max
  ) {
    if (!/^AWS\//i.test(namespace)) return;
    throw new UsageError(`metrics: a namespace must not begin with 'AWS/', which AWS reserves, got '${namespace}'`);
  }
  throw new UsageError(
    `metrics: a namespace must have 1 to ${max} characters A-Z a-z 0-9 _ . - / # : and not begin with a colon, got ${shown(namespace)}`,
  );
}

/** @throws UsageError */
export function checkDimensions(dimensions: Readonly<Record<string, unknown>>): void {
  const { MAX_DIMENSIONS, MAX_DIMENSION_NAME_LENGTH, MAX_DIMENSION_VALUE_LENGTH } = EMBEDDED_METRICS;
  const names = Object.keys(dimensions);
  if (names.length > MAX_DIMENSIONS - 1) {
    throw new UsageError(
      `metrics: there may be at most ${MAX_DIMENSIONS - 1} dimensions beside 'service', got ${names.length}`,
    );
  }
  for (const name of names) {
    checkText(name, `a dimension's name`, MAX_DIMENSION_NAME_LENGTH);
    checkFree(name, 'dimension');
    checkText(dimensions[name], `the dimension '${name}'`, MAX_DIMENSION_VALUE_LENGTH);
  }
}

/** @throws UsageError */
export function checkMetricName(name: unknown, dimensions: Readonly<Record<string, unknown>>): void {
  checkText(name, `a metric's name`, EMBEDDED_METRICS.MAX_METRIC_NAME_LENGTH);
  checkFree(name as string, 'metric');
  if (Object.hasOwn(dimensions, name as string)) {
    throw new UsageError(`metrics: '${name}' is a dimension, so a metric must have another name`);
  }
}

function checkText(value: unknown, of: string, max: number): void {
  if (typeof value === 'string' && value.length <= max && ASCII.test(value) && !value.startsWith(':')) return;
  throw new UsageError(
    `metrics: ${of} must have 1 to ${max} printable ASCII characters and not begin with a colon, got ${shown(value)}`,
  );
}

function checkFree(name: string, kind: string): void {
  if (!MEMBERS.has(name)) return;
  throw new UsageError(`metrics: '${name}' is a field of each log line, so a ${kind} must have another name`);
}

/** The beginning of a text. Texts of metrics are constants of the code in most cases. */
function shown(value: unknown): string {
  if (typeof value !== 'string') return `a value of type ${typeof value}`;
  return value.length > 50 ? `${value.length} characters` : JSON.stringify(value);
}
