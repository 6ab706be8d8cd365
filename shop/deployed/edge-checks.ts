import { type Call, type Check, type CheckContext, call, expectAnswer } from './check';

/**
 * Maximum number of requests until an answer must come from the cache. Several requests may be
 * needed, because each may reach another cache of the edge.
 */
const MAX_CACHE_ATTEMPTS = 10;
/**
 * Maximum number of requests of the rate check. It exceeds the web ACL's limit for one address in 5
 * minutes (`rateLimit` of `WebAcl`).
 */
const MAX_RATE_REQUESTS = 6_000;
const MAX_RATE_MS = 180_000;
const RATE_IN_FLIGHT = 40;

/** Percent-encodes every character, even characters that don't require it. */
const encoded = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('');

/** A basket that the module refuses, so that these checks store no order. */
const BASKET = JSON.stringify({ idempotencyKey: 'check-refused', lines: [], total: '1.00' });

/** A call that the edge or the module must refuse. */
function refused(
  name: string,
  status: number,
  says: RegExp | undefined,
  path: string,
  request: (context: CheckContext) => Call,
): Check {
  return {
    name,
    async run(context) {
      await expectAnswer(await call(context, path, request(context)), status, says);
      return `${status}`;
    },
  };
}

/** Checks of the distribution, the web ACL, the cache and the viewer function. */
export const EDGE_CHECKS: readonly Check[] = [
  {
    name: 'the site, with its security headers',
    async run(context) {
      const answer = await call(context, '/');
      await expectAnswer(answer, 200, /<html/i);
      for (const name of ['strict-transport-security', 'content-security-policy', 'x-content-type-options'])
        if (!answer.headers.has(name)) throw new Error(`must have the header ${name}, got none`);
      return '200';
    },
  },
  {
    name: 'a product whose address is percent-encoded',
    async run(context) {
      const { sku } = context.product;
      const text = await expectAnswer(await call(context, `/products/${encoded(sku)}`), 200);
      const { sku: got } = JSON.parse(text) as { sku?: string };
      if (got !== sku) throw new Error(`must be the product ${sku}, got ${got}`);
      return '200';
    },
  },
  {
    name: 'a search for two words, by %20 and by +',
    async run(context) {
      const words = context.product.description
        .split(/\s+/)
        .filter((word) => /^[A-Z]{3,}$/i.test(word))
        .slice(0, 2);
      const totals = await Promise.all(
        ['%20', '+'].map(async (space) => {
          const text = await expectAnswer(await call(context, `/search?q=${words.join(space)}`), 200);
          return (JSON.parse(text) as { total: number }).total;
        }),
      );
      if (totals[0] === 0 || totals[0] !== totals[1])
        throw new Error(`must find the same products twice, got ${totals.join(' and ')} for ${words.join(' ')}`);
      return `${totals[0]} found`;
    },
  },
  {
    name: 'HEAD of a search',
    async run(context) {
      const answer = await call(context, '/search?q=lantern', { method: 'HEAD' });
      const text = await expectAnswer(answer, 200);
      if (text !== '') throw new Error(`must have no body, got ${text.length} characters`);
      return '200 without a body';
    },
  },
  {
    name: 'a search that is answered from the cache',
    async run(context) {
      for (let times = 1; times <= MAX_CACHE_ATTEMPTS; times++) {
        const answer = await call(context, '/search?q=lantern');
        await expectAnswer(answer, 200);
        if (/^Hit/.test(answer.headers.get('x-cache') ?? '')) return `hit at request ${times}`;
      }
      throw new Error(`must be answered from the cache within ${MAX_CACHE_ATTEMPTS} requests, got none`);
    },
  },
  refused('no token', 401, /token_missing/, '/checkout', () => ({ body: BASKET })),
  refused('a token with a changed signature', 401, undefined, '/checkout', ({ person }) => ({
    body: BASKET,
    token: `${person.slice(0, -8)}${person.endsWith('AAAAAAAA') ? 'BBBBBBBB' : 'AAAAAAAA'}`,
  })),
  refused('a path without a route', 404, undefined, '/no/such/route', () => ({ body: BASKET })),
  refused('a body above maxBody', 413, undefined, '/checkout', ({ person }) => ({
    token: person,
    body: JSON.stringify({ pad: 'x'.repeat(70_000) }),
  })),
  refused('a body of another type', 415, undefined, '/checkout', ({ person }) => ({
    token: person,
    body: BASKET,
    headers: { 'content-type': 'text/plain' },
  })),
  refused('a body without its hash', 400, /body_hash_missing/, '/checkout', ({ person }) => ({
    token: person,
    body: BASKET,
    headers: { 'x-amz-content-sha256': undefined },
  })),
  // Lambda compares the hash with the body when it verifies the signature of CloudFront (origin
  // access control).
  refused("a body with another body's hash", 403, undefined, '/checkout', ({ person }) => ({
    token: person,
    body: BASKET,
    headers: { 'x-amz-content-sha256': 'a'.repeat(64) },
  })),
  refused('a basket without lines', 422, /lines/, '/checkout', ({ person }) => ({ token: person, body: BASKET })),
  refused("somebody else's order", 404, undefined, '/orders/536365', ({ person }) => ({ token: person })),
];

/** Must be the last check, because the edge then refuses this address for some minutes. */
export const RATE_CHECK: Check = {
  name: 'too many requests from one address',
  async run(context) {
    const started = Date.now();
    let sent = 0;
    let refusals = 0;
    const send = async (): Promise<void> => {
      while (refusals === 0 && sent < MAX_RATE_REQUESTS && Date.now() - started < MAX_RATE_MS) {
        sent++;
        const answer = await call(context, '/search?q=lantern');
        await answer.arrayBuffer();
        if (answer.status === 429) refusals++;
      }
    };
    await Promise.all(Array.from({ length: RATE_IN_FLIGHT }, send));
    const seconds = Math.round((Date.now() - started) / 1000);
    if (refusals === 0) throw new Error(`must answer 429, got none in ${sent} requests and ${seconds} s`);
    return `429 after ${sent} requests and ${seconds} s`;
  },
};
