import { AsyncLocalStorage } from 'node:async_hooks';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { timeoutMs } from '../client-settings';
import { currentInvocation } from '../invocation';

/** Options of one call, for the SDK's HTTP client. */
export interface RequestOptions {
  readonly abortSignal?: AbortSignal;
  /** Timeout of an attempt in milliseconds. @default 1000 */
  readonly attemptMs?: number;
  /**
   * Called for each request without an answer, because such a request may have taken effect. The
   * SDK itself reports only the last request.
   */
  readonly onUnanswered?: () => void;
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
  if (inner !== undefined) replaceHandler(client, inner);
  prepared.add(client);
}

function replaceHandler(client: DynamoDBClient, inner: DynamoDBClient['config']['requestHandler']): void {
  // Without this setting, the SDK doesn't end an attempt that takes too long, but only logs a
  // warning.
  (inner as ConfigurableHandler).updateHttpClientConfig?.('throwOnRequestTimeout', true);
  client.config.requestHandler = Object.assign(Object.create(inner) as typeof inner, {
    handle: (async (request, given) => {
      const { onUnanswered, abortSignal, attemptMs = ATTEMPT_MS } = current.getStore() ?? {};
      const invocation = currentInvocation();
      const leftMs = invocation?.remainingMs() ?? Number.POSITIVE_INFINITY;
      if (leftMs <= 0) throw outOfTime();
      const requestTimeout = Math.min(timeoutMs(attemptMs), leftMs);
      try {
        const result = await inner.handle(request, { ...given, abortSignal, requestTimeout });
        if (result.response.statusCode >= 500) onUnanswered?.();
        return result;
      } catch (error) {
        onUnanswered?.();
        throw invocation !== undefined && invocation.remainingMs() <= 0 ? outOfTime(error) : error;
      }
    }) as typeof inner.handle,
  });
}

/**
 * The error at the end of the invocation's time. The SDK doesn't retry after this error, but it
 * does after the timeout of an attempt.
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
