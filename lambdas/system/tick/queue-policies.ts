import type { DeclaredPolicy, PolicyValue } from '../../../lib/protocol';
import { type Line, measuredLine } from './telemetry';

/** Dependencies of `reportChangedPolicies`. */
export interface PolicyDependencies {
  /** Reads the policy of a queue. Undefined if the queue has none. */
  readonly policyOf: (queueName: string) => Promise<string | undefined>;
  /** Name of the stack, for the metric. */
  readonly stack: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: (line: Line) => void;
}

/** Statements by which a policy differs from another one. */
export interface PolicyDifference {
  /** Names of statements that only the template has. */
  readonly missing: readonly string[];
  /** Names of statements that only the queue has. */
  readonly added: readonly string[];
}

/** Stands for a statement without `Sid`. */
const UNNAMED = 'unnamed';

/**
 * Compares the policies of a worker's queues with the template's. A policy decides who may send a
 * message, so a changed one is logged and counted. It isn't corrected, because a person must first
 * find out who changed it.
 */
export async function reportChangedPolicies(
  target: string,
  declared: readonly DeclaredPolicy[],
  { policyOf, stack, now, log }: PolicyDependencies,
): Promise<void> {
  const changed: Line[] = [];
  for (const { queue, policy } of declared) {
    const difference = differenceOf(policy, await policyOf(queue));
    if (difference !== undefined) changed.push({ queue, ...difference });
  }
  if (changed.length === 0) return;
  const facts = { level: 'ERROR', message: 'queue policy changed', to: target, changed };
  log(measuredLine(stack, target, now(), { changedPolicies: changed.length }, facts));
}

/**
 * Differences of a queue's policy from the template's. Undefined if both mean the same. AWS may
 * return a list in another order. AWS may return a list with one member as a single value.
 * @param text the queue's policy, as SQS returns it
 */
export function differenceOf(template: PolicyValue, text: string | undefined): PolicyDifference | undefined {
  const [wanted, actual] = [statementsOf(template), statementsOf(parsed(text))];
  const missing = namesOf(wanted, actual);
  const added = namesOf(actual, wanted);
  return missing.length + added.length === 0 ? undefined : { missing, added };
}

/** The statements of a policy in a form in which equal ones have equal texts. */
function statementsOf(policy: PolicyValue): Map<string, string> {
  const { Statement: statements = [] } = isObject(policy) ? policy : {};
  const all: readonly PolicyValue[] = isList(statements) ? statements : [statements];
  return new Map(
    all.map((statement) => [
      JSON.stringify(normal(statement)),
      isObject(statement) && typeof statement['Sid'] === 'string' ? statement['Sid'] : UNNAMED,
    ]),
  );
}

function namesOf(statements: ReadonlyMap<string, string>, others: ReadonlyMap<string, string>): string[] {
  return [...statements].filter(([text]) => !others.has(text)).map(([, name]) => name);
}

/** A value with sorted names and lists, with texts for numbers, and with `*` for `{"AWS": "*"}`. */
function normal(value: PolicyValue): PolicyValue {
  if (isList(value)) {
    const members = value.map(normal);
    const sorted = members.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    return sorted.length === 1 ? sorted[0]! : sorted;
  }
  if (!isObject(value)) return String(value);
  const entries = Object.entries(value).map(([name, inner]) => [name, normal(inner)] as const);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === 'AWS' && first[1] === '*') return '*';
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function parsed(text: string | undefined): PolicyValue {
  return text === undefined || text === '' ? {} : (JSON.parse(text) as PolicyValue);
}

function isList(value: PolicyValue): value is readonly PolicyValue[] {
  return Array.isArray(value);
}

function isObject(value: PolicyValue): value is { readonly [name: string]: PolicyValue } {
  return typeof value === 'object' && value !== null && !isList(value);
}
