import { AspectPriority, Aspects, type IAspect, type Stack, Tag } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The shared parts of each stack, and the constructs with tags for them. */
const parts = new WeakMap<Stack, IConstruct[]>();
const owners = new WeakMap<Stack, IConstruct[]>();

/** Gives the tags of a construct to the shared parts of its stack, which are outside of it. */
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

/** Visits constructs with the tags of another one. */
class TagsOf implements IAspect {
  public constructor(private readonly owner: IConstruct) {}

  public visit(construct: IConstruct): void {
    for (const aspect of Aspects.of(this.owner).all) if (aspect instanceof Tag) aspect.visit(construct);
  }
}
