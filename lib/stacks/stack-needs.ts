import { Stack, Stage } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import { invalid } from '../validation';
import { rootStack } from './root-stack';

/** For each stack, the stacks that it needs, each with a pair of constructs as the reason. */
const needs = new WeakMap<Stack, Map<Stack, string>>();

/**
 * Notes that one construct refers to another, so that its stack is deployed after the other's.
 * The CDK and CloudFormation would fail later: the CDK names two tokens, and CloudFormation refuses
 * sibling nested stacks that need each other only when they are deployed.
 * @param at construct whose path begins the error
 * @param prop prop or argument that asks for the reference
 * @throws BreakwaterError if the two are in different accounts, Regions or stages, or if their
 * stacks would need each other
 */
export function noteReference(at: IConstruct, prop: string, user: IConstruct, used: IConstruct): void {
  const [from, to] = [Stack.of(user), Stack.of(used)];
  if (from === to) return;
  requireOneEnvironment(at, prop, user, used);
  const [needing, needed] = siblings(from, to);
  // A nested stack and its parent may need each other, because values pass as parameters and
  // outputs.
  if (needing === undefined || needed === undefined) return;
  const back = wayBetween(needed, needing);
  if (back !== undefined) {
    throw invalid(
      at,
      prop,
      `must not make stacks need each other, got '${user.node.path}', which needs '${used.node.path}', although ${back.join(' and ')}: ` +
        'put the constructs of one of these pairs into one stack, or move what both stacks need into a third one; see docs/stacks.md',
    );
  }
  const known = needs.get(needing) ?? new Map<Stack, string>();
  needs.set(needing, known);
  if (!known.has(needed)) known.set(needed, `'${user.node.path}' needs '${used.node.path}'`);
}

/** Notes that a grantee refers to a construct. */
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
      `must stay in one stage, got ${one} for ${other}, which are in two: deploy stages apart, each with parts of its own`,
    );
  }
  if (from.environment === to.environment) return;
  throw invalid(
    at,
    prop,
    `must stay in one account and Region, got ${one} in ${environmentOf(from)} for ${other} in ${environmentOf(to)}: ` +
      'functions call the tables and queues of their own Region, and policies name roles of their own account; ' +
      'give both stacks the same env, or none',
  );
}

function environmentOf({ environment }: Stack): string {
  return environment.replace('aws://', '');
}

/** The two stacks below the deepest one that holds both, or the two top-level stacks. */
function siblings(one: Stack, other: Stack): [Stack | undefined, Stack | undefined] {
  const [path, otherPath] = [ancestors(one), ancestors(other)];
  if (rootStack(one) !== rootStack(other)) return [path[0], otherPath[0]];
  const at = path.findIndex((stack, i) => stack !== otherPath[i]);
  return [at < 0 ? undefined : path[at], at < 0 ? undefined : otherPath[at]];
}

/** A stack and those that it is nested in, the outermost first. */
function ancestors(stack: Stack): Stack[] {
  return stack.nestedStackParent ? [...ancestors(stack.nestedStackParent), stack] : [stack];
}

/** The reasons why one stack needs another, step by step; undefined if it doesn't. */
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
