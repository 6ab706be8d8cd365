import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { BODY_HASH_HEADER, backoffMs } from '../../lib/protocol';

/** A fault of a field in the shop's answer. */
export interface Fault {
  readonly path: string;
  readonly message: string;
  readonly got?: string;
}

export interface Answer {
  readonly status: number;
  readonly faults: readonly Fault[];
  /** Text of the answer, for messages. */
  readonly text: string;
}

/** Sends a body to the shop. */
export type Post = (path: string, body: unknown) => Promise<Answer>;

/**
 * Statuses after which a request is retried. They mean that there are too many requests, or that a
 * service is still starting.
 */
const PASSING = new Set([429, 500, 502, 503, 504]);
const MAX_ATTEMPTS = 6;
const BACKOFF = { baseMs: 200, capMs: 5_000 };

/**
 * Makes a function that posts to the edge as a service. A retry is safe, because the shop stores an
 * order ID only once.
 */
export function poster(edgeUrl: string, token: () => Promise<string>): Post {
  return async (path, body) => {
    const text = JSON.stringify(body);
    const hash = createHash('sha256').update(text).digest('hex');
    for (let attempt = 1; ; attempt++) {
      const answer = await once(`${edgeUrl}${path}`, text, hash, await token());
      if (!PASSING.has(answer.status) || attempt === MAX_ATTEMPTS) return answer;
      await sleep(backoffMs(attempt, BACKOFF, Math.random));
    }
  };
}

async function once(url: string, body: string, hash: string, token: string): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, [BODY_HASH_HEADER]: hash },
    body,
  });
  const text = await response.text();
  return { status: response.status, faults: faultsOf(text), text: text.slice(0, 300) };
}

function faultsOf(text: string): Fault[] {
  try {
    const { error } = JSON.parse(text) as { error?: { issues?: Fault[] } };
    return error?.issues ?? [];
  } catch {
    return [];
  }
}
