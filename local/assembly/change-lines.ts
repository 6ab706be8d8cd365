import type { Change } from './template';

/** What a logical id ends with: the hash of its path. */
const HASH = /[0-9A-F]{8}$/;
/** What a policy's logical id adds to the name of what it belongs to. */
const POLICY = /(?:Function)?(?:Role)?(?:Default)?Policy$/;

/** Changes of one kind on one line each: how many, of what, and their names. */
export function changeLines(changes: readonly Change[]): string[] {
  const kinds = new Map<string, Change[]>();
  for (const change of changes) kinds.set(change.what, [...(kinds.get(change.what) ?? []), change]);
  return [...kinds].map(([what, group]) => {
    const names = [...new Set(group.map(({ logicalId }) => logicalId.replace(HASH, '').replace(POLICY, '')))];
    return `changed ${counted(group)}: ${what} (${names.join(', ')})`;
  });
}

/** `1 user pool client`, `3 queue policies`; policies of several types are just policies. */
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
