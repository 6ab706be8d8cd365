import type { Plan } from './plan';
import type { Change } from './template';

/** The hash of the path at the end of a logical id. */
const HASH = /[0-9A-F]{8}$/;
/** Suffix of a policy's logical ID after the name of its owner. */
const POLICY = /(?:Function)?(?:Role)?(?:Default)?Policy$/;

/** One line for each kind of change: the number of resources, their type and their names. */
export function changeLines(changes: readonly Change[]): string[] {
  const kinds = new Map<string, Change[]>();
  for (const change of changes) kinds.set(change.what, [...(kinds.get(change.what) ?? []), change]);
  return [...kinds].map(([what, group]) => {
    const names = [...new Set(group.map(({ logicalId }) => logicalId.replace(HASH, '').replace(POLICY, '')))];
    return `changed ${counted(group)}: ${what} (${names.join(', ')})`;
  });
}

/**
 * `1 user pool client`, `3 queue policies`. Several types with the same last word share this word:
 * `2 policies`.
 */
function counted(changes: readonly Change[]): string {
  const nouns = [...new Set(changes.map(({ type }) => wordsOf(type)))];
  const lasts = new Set(nouns.map((noun) => noun.split(' ').at(-1)!));
  const noun = nouns.length === 1 ? nouns[0]! : lasts.size === 1 ? [...lasts][0]! : 'resource';
  if (changes.length === 1) return `1 ${noun}`;
  return `${changes.length} ${noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`}`;
}

/** `AWS::SQS::QueuePolicy` as `queue policy`. */
function wordsOf(type: string): string {
  return type
    .split('::')
    .at(-1)!
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase();
}

/** Maximum number of names in a line. Further ones are only counted. */
const MAX_NAMES = 3;

/**
 * The changes of a plan, for people to read: one line for each combination of resource type and
 * reason, with construct paths.
 * @param all one line for each resource instead
 */
export function planLines({ dropped, replaced, substituted, patched }: Plan, all = false): string[] {
  if (all) {
    const tell =
      (verb: string) =>
      ({ type, what, ...change }: Change): string =>
        `${verb} ${nameOf(change)} (${type}): ${what}`;
    return [
      ...dropped.map(tell('left out')),
      ...[...replaced, ...substituted].map(tell('replaced')),
      ...patched.map(tell('changed')),
    ];
  }
  return [
    ...groupLines('left out', dropped),
    ...groupLines('replaced', [...replaced, ...substituted]),
    ...changeLines(patched),
  ];
}

function groupLines(verb: string, changes: readonly Change[]): string[] {
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const key = `${change.type} ${change.what}`;
    groups.set(key, [...(groups.get(key) ?? []), change]);
  }
  return [...groups.values()].map((group) => {
    const { type, what } = group[0]!;
    const names = group.slice(0, MAX_NAMES).map(nameOf);
    const more = group.length > MAX_NAMES ? ` and ${group.length - MAX_NAMES} more` : '';
    return `${verb} ${names.join(', ')}${more} (${type}): ${what}`;
  });
}

function nameOf({ path, logicalId }: Pick<Change, 'path' | 'logicalId'>): string {
  return path ?? logicalId;
}
