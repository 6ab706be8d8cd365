import { Stack, Stage } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import { invalid } from '../validation';
import { rootStack } from './root-stack';

/**
 * For each stack, the stacks that it depends on, and for each of these a reason: which construct
 * needs which other construct.
 */
const needs = new WeakMap<Stack, Map<Stack, string>>();

/**
 * Records that one construct refers to another, so its stack must be deployed after the other's. If
 * the two stacks would need each other, it throws an error that names the constructs. Without this
 * check, the CDK would fail later, with an error that names two tokens. For sibling nested stacks
 * that need each other, only the deployment would fail.
 * @param at construct whose path begins the error
 * @param prop prop or argument that asks for the reference
 * @throws BreakwaterError if the two constructs are in different accounts, Regions or stages, or if
 * their stacks would need each other
 */
export function noteReference(at: IConstruct, prop: string, user: IConstruct, used: IConstruct): void {
  const [from, to] = [Stack.of(user), Stack.of(used)];
  if (from === to) return;
  requireOneEnvironment(at, prop, user, used);
  const [needing, needed] = siblings(from, to);
  // A nested stack and its parent may need each other, because they exchange values as parameters
  // and outputs.
  if (needing === undefined || needed === undefined) return;
  const back = wayBetween(needed, needing);
  if (back !== undefined) {
    throw invalid(
      at,
      prop,
      `must not make stacks need each other, got '${user.node.path}', which needs '${used.node.path}', although ${back.join(' and ')}: ` +
        'put the constructs of one of these pairs into one stack, or move the constructs that both stacks need into a third stack; see docs/stacks.md',
    );
  }
  const known = needs.get(needing) ?? new Map<Stack, string>();
  needs.set(needing, known);
  if (!known.has(needed)) known.set(needed, `'${user.node.path}' needs '${used.node.path}'`);
}

/** Records that a grantee refers to a construct. */
export function noteGrant(granted: IConstruct, grantee: IGrantable): void {
  const principal: unknown = grantee.grantPrincipal;
  // A service principal has no stack, and an imported principal has no resource.
  if (Construct.isConstruct(principal)) noteReference(granted, 'grantee', principal, granted);
}

function requireOneEnvironment(at: IConstruct, prop: string, user: IConstruct, used: IConstruct): void {
  const [from, to] = [Stack.of(user), Stack.of(used)];
  const [one, other] = [`'${user.node.path}'`, `'${used.node.path}'`];
  if (Stage.of(from) !== Stage.of(to)) {
    throw invalid(
      at,
      prop,
      `must be in one stage, got ${one} for ${other}, which are in two stages: deploy each stage separately, with its own parts`,
    );
  }
  if (from.environment === to.environment) return;
  throw invalid(
    at,
    prop,
    `must be in one account and Region, got ${one} in ${environmentOf(from)} for ${other} in ${environmentOf(to)}: ` +
      'functions call the tables and queues of their own Region, and policies name roles of their own account; ' +
      'give both stacks the same env, or none',
  );
}

function environmentOf({ environment }: Stack): string {
  return environment.replace('aws://', '');
}

/**
 * Returns the two ancestors of the stacks that are children of the same stack, or the two top-level
 * stacks.
 */
function siblings(one: Stack, other: Stack): [Stack | undefined, Stack | undefined] {
  const [path, otherPath] = [ancestors(one), ancestors(other)];
  if (rootStack(one) !== rootStack(other)) return [path[0], otherPath[0]];
  const at = path.findIndex((stack, i) => stack !== otherPath[i]);
  return [at < 0 ? undefined : path[at], at < 0 ? undefined : otherPath[at]];
}

/** Returns a stack and the stacks in which it is nested, the outermost first. */
function ancestors(stack: Stack): Stack[] {
  return stack.nestedStackParent ? [...ancestors(stack.nestedStackParent), stack] : [stack];
}

/**
 * Returns the reasons why one stack needs another, directly or through other stacks. Undefined if
 * it doesn't need the other.
 */
function wayBetween(from: Stack, to: Stack, seen = new Set<Stack>()): string[] | undefined {
  if (from === to) return [];
  seen.add(from);
  for (const [next, reason] of needs.get(from) ?? []) {
    if (seen.has(next)) continue;
    const rest = wayBetween(next, to, seen);
    if (rest !== undefined) return [reason, ...rest];
  }
  return undefined;
}
