import { hash } from 'node:crypto';
import type { TrialReference } from '../../../lib/protocol';

/** Characters of a hash: 96 bits, so that two messages don't collide by accident. */
const HASH_LENGTH = 16;

/** Text of the reference that a message gets when it is sent again. */
export function formatTrialReference({ sk, trial }: TrialReference, target: string, content: string): string {
  return `${trial} ${hashOf(target, content)} ${sk}`;
}

/**
 * Reference of a message. Undefined if the text isn't a reference, or if it belongs to a message
 * with another target or content, because a sender may have copied the attribute.
 */
export function parseTrialReference(
  text: string | undefined,
  target: string,
  content: string,
): TrialReference | undefined {
  const [, trial, hashed, sk] = /^(\S+) (\S+) (.+)$/s.exec(text ?? '') ?? [];
  if (trial === undefined || sk === undefined || hashed !== hashOf(target, content)) return undefined;
  return { sk, trial };
}

function hashOf(target: string, content: string): string {
  return hash('sha256', `${target}\n${content}`, 'base64url').slice(0, HASH_LENGTH);
}
