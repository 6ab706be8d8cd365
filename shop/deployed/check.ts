import { createHash } from 'node:crypto';
import { BODY_HASH_HEADER } from '../../lib/protocol';
import type { ReplayedShop } from '../running-shop';
import type { Clients } from './clients';

/** Data and clients for checks. */
export interface CheckContext {
  readonly shop: ReplayedShop;
  readonly clients: Clients;
  /** Access token of a person. */
  readonly person: string;
  /** A product of the catalogue. */
  readonly product: { readonly sku: string; readonly description: string };
  /** Whether the environment redirects the services, so that hosts of AWS can't be reached. */
  readonly redirected: boolean;
}

/** A check that needs the deployed services. */
export interface Check {
  readonly name: string;
  /**
   * @returns the result in words
   * @throws CheckSkipped if the check doesn't apply, and any other error if it fails
   */
  run(context: CheckContext): Promise<string>;
}

/** Thrown by a check that doesn't apply to this stack. */
export class CheckSkipped extends Error {
  public override readonly name = 'CheckSkipped';
}

/** A request to the distribution. */
export interface Call {
  readonly method?: string;
  readonly token?: string;
  readonly body?: string;
  /** Additional headers. The value `undefined` leaves a header out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/**
 * Sends a request to the distribution. If the request has a body, its headers state the body's type
 * and hash, as the edge requires.
 */
export function call(
  { shop }: CheckContext,
  path: string,
  { method, token, body, headers }: Call = {},
): Promise<Response> {
  const hash = body === undefined ? undefined : createHash('sha256').update(body).digest('hex');
  const all = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(hash === undefined ? {} : { 'content-type': 'application/json', [BODY_HASH_HEADER]: hash }),
    ...headers,
  };
  return fetch(`${shop.edgeUrl}${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: Object.entries(all).filter((header): header is [string, string] => header[1] !== undefined),
    ...(body === undefined ? {} : { body }),
  });
}

/**
 * @returns the answer
 * @throws Error if the answer has another status or text
 */
export async function expectAnswer(response: Response, status: number, says?: RegExp): Promise<string> {
  const text = await response.text();
  if (response.status !== status || (says !== undefined && !says.test(text))) {
    const wanted = says === undefined ? `${status}` : `${status} with ${says}`;
    throw new Error(`must answer ${wanted}, got ${response.status} ${text.slice(0, 200)}`);
  }
  return text;
}
