import { AspectPriority, Aspects, type IAspect, type Stack, Tag } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** For each stack, its shared parts, and the constructs whose tags these parts get. */
const parts = new WeakMap<Stack, IConstruct[]>();
const owners = new WeakMap<Stack, IConstruct[]>();

/**
 * Adds the tags of a construct to the shared parts of its stack. These parts are children of the
 * stack, so they don't inherit the construct's tags.
 */
export function tagSharedParts(owner: IConstruct, stack: Stack): void {
  owners.set(stack, [...(owners.get(stack) ?? []), owner]);
  for (const part of parts.get(stack) ?? []) follow(part, owner);
}

/** Registers a shared part of a stack. */
export function noteSharedPart(part: IConstruct, stack: Stack): void {
  parts.set(stack, [...(parts.get(stack) ?? []), part]);
  for (const owner of owners.get(stack) ?? []) follow(part, owner);
}

function follow(part: IConstruct, owner: IConstruct): void {
  Aspects.of(part).add(new TagsOf(owner), { priority: AspectPriority.MUTATING });
}

/** Applies the tags of another construct, the owner, to the visited constructs. */
class TagsOf implements IAspect {
  public constructor(private readonly owner: IConstruct) {}

  public visit(construct: IConstruct): void {
    for (const aspect of Aspects.of(this.owner).all) if (aspect instanceof Tag) aspect.visit(construct);
  }
}
