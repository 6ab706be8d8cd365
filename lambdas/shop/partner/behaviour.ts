import { createHash } from 'node:crypto';

/** How the stub answers one attempt. */
export interface Behaviour {
  /** Milliseconds before it does anything. */
  readonly delay: number;
  /** What goes wrong. */
  readonly fault: 'none' | 'fails before charging' | 'answer lost' | 'confirms twice';
}

/** The slowest answer in milliseconds. */
export const MAX_DELAY = 300;

/**
 * The stub's mood: the same for the same key and attempt, on any machine. A tenth each fails before the charge, loses
 * its answer after it and confirms twice; a fifth of all attempts is slow.
 */
export function behaviourOf(chargeKey: string, attempt: number): Behaviour {
  const digest = createHash('sha256').update(`${chargeKey}#${attempt}`).digest();
  const mood = digest.readUInt16BE(0) % 100;
  const pace = digest.readUInt16BE(2) % 100;
  const fault = mood < 10 ? 'fails before charging' : mood < 20 ? 'answer lost' : mood < 30 ? 'confirms twice' : 'none';
  return { delay: pace < 20 ? 50 + ((pace * 13) % (MAX_DELAY - 50)) : 0, fault };
}
