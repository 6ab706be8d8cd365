import { createHash } from 'node:crypto';

/** Behaviour of the stub in one attempt. */
export interface Behaviour {
  /** Delay in milliseconds before the stub acts. */
  readonly delay: number;
  readonly fault: 'none' | 'fails before charging' | 'answer lost' | 'confirms twice';
}

/** Maximum delay in milliseconds. */
export const MAX_DELAY = 300;

/**
 * Computes the behaviour of the stub. The same key and attempt give the same behaviour on every
 * machine. Of all attempts, 10 % fail before the charge, 10 % lose the answer after the charge, 10
 * % confirm twice, and 20 % are slow.
 */
export function behaviourOf(chargeKey: string, attempt: number): Behaviour {
  const digest = createHash('sha256').update(`${chargeKey}#${attempt}`).digest();
  const chance = digest.readUInt16BE(0) % 100;
  const pace = digest.readUInt16BE(2) % 100;
  const fault =
    chance < 10 ? 'fails before charging' : chance < 20 ? 'answer lost' : chance < 30 ? 'confirms twice' : 'none';
  return { delay: pace < 20 ? 50 + ((pace * 13) % (MAX_DELAY - 50)) : 0, fault };
}
