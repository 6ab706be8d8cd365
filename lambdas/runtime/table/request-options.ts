import { AsyncLocalStorage } from 'node:async_hooks';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { timeoutMs } from '../client-settings';
import { currentInvocation } from '../invocation';
import { isUnsent, TooLate } from './overload';

/** Options of one call, for the SDK's HTTP client. */
export interface RequestOptions {
  readonly abortSignal?: AbortSignal;
  /** Timeout of an attempt in milliseconds. @default 1000 */
  readonly attemptMs?: number;
  /**
   * Called if the request was sent and got no answer, because it may have taken effect.
   */
  readonly onUnanswered?: () => void;
  /**
   * Whether the request may still be sent. It is called after the request was signed, immediately
   * before it is sent, because Lambda may have frozen the function since the call began.
   */
  readonly mayBeSent?: () => boolean;
}

/**
 * Timeout of an attempt on one item, in milliseconds. DynamoDB answers within about 10 ms. So an
 * attempt without an answer probably has a dead connection, and a retry uses another connection.
 */
const ATTEMPT_MS = 1_000;

const current = new AsyncLocalStorage<RequestOptions>();
const prepared = new WeakSet<DynamoDBClient>();

/**
 * Makes a client use the options of the current call. Options of `client.send()` would do the same,
 * but the SDK would then rebuild its middleware stack for each call.
 */
export function takeRequestOptions(client: DynamoDBClient): void {
  if (prepared.has(client)) return;
  // A test may pass an object that has only `send`.
  const inner = client.config?.requestHandler;
  if (inner !== undefined) {
    replaceHandler(client, inner);
    replaceRetries(client);
  }
  prepared.add(client);
}

function replaceHandler(client: DynamoDBClient, inner: DynamoDBClient['config']['requestHandler']): void {
  // Without this setting, the SDK doesn't end an attempt that takes too long, but only logs a
  // warning.
  (inner as ConfigurableHandler).updateHttpClientConfig?.('throwOnRequestTimeout', true);
  client.config.requestHandler = Object.assign(Object.create(inner) as typeof inner, {
    handle: (async (request, given) => {
      const { onUnanswered, mayBeSent, abortSignal, attemptMs = ATTEMPT_MS } = current.getStore() ?? {};
      const invocation = currentInvocation();
      const leftMs = invocation?.remainingMs() ?? Number.POSITIVE_INFINITY;
      if (leftMs <= 0) throw outOfTime();
      if (mayBeSent?.() === false) throw new TooLate('the request was too late to be sent');
      const requestTimeout = Math.min(timeoutMs(attemptMs), leftMs);
      try {
        const result = await inner.handle(request, { ...given, abortSignal, requestTimeout });
        if (result.response.statusCode >= 500) onUnanswered?.();
        return result;
      } catch (error) {
        if (!isUnsent(error)) onUnanswered?.();
        throw invocation !== undefined && invocation.remainingMs() <= 0 ? outOfTime(error) : asError(error);
      }
    }) as typeof inner.handle,
  });
}

/**
 * Makes each call of the client send one request. A further request needs a new stamp and perhaps
 * another shard map, which only the caller can provide. Calls without options of their own, such as
 * those of other code with the same client, keep the client's retries.
 */
function replaceRetries({ config }: DynamoDBClient): void {
  const given = config.retryStrategy;
  config.retryStrategy = () => (current.getStore() === undefined ? given() : Promise.resolve(ONE_REQUEST));
}

type RetryStrategy = Awaited<ReturnType<DynamoDBClient['config']['retryStrategy']>>;

const ONE_REQUEST = {
  mode: 'standard',
  acquireInitialRetryToken: async () => ({ getRetryCount: () => 0, getRetryDelay: () => 0 }),
  refreshRetryTokenForRetry: async () => {
    throw new Error('each call sends one request');
  },
  recordSuccess: () => undefined,
} as unknown as RetryStrategy;

/**
 * Copies an error of Node.js that isn't an instance of this realm's `Error`, as in Jest. Otherwise
 * the SDK would replace it by an error without its name and code.
 */
function asError(error: unknown): unknown {
  if (error instanceof Error || typeof error !== 'object' || error === null) return error;
  const { name, message, code } = error as Error & { readonly code?: unknown };
  return Object.assign(new Error(message, { cause: error }), { name, code });
}

/**
 * The error at the end of the invocation's time. This error isn't retried. The timeout of a single
 * attempt is retried.
 */
function outOfTime(cause?: unknown): Error {
  return Object.assign(new Error("the invocation's time is over", { cause }), { name: 'AbortError' });
}

/** The method of the SDK's HTTP handlers that changes their settings. */
interface ConfigurableHandler {
  updateHttpClientConfig?(key: string, value: unknown): void;
}

/** Runs a call with options for its requests. */
export function withRequestOptions<R>(options: RequestOptions, call: () => Promise<R>): Promise<R> {
  return current.run(options, call);
}
