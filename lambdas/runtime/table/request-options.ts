import { AsyncLocalStorage } from 'node:async_hooks';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { timeoutMs } from '../client-settings';
import { currentInvocation } from '../invocation';

/** Options of one call for the HTTP client. */
export interface RequestOptions {
  readonly abortSignal?: AbortSignal;
  /** Milliseconds until an attempt has failed. @default 1000 */
  readonly attemptMs?: number;
  /**
   * Called for each request without an answer, which may have been done. The SDK shows only the
   * last one.
   */
  readonly onUnanswered?: () => void;
}

/**
 * Timeout of an attempt on one item. DynamoDB answers within some 10 ms, so an attempt without an
 * answer sits on a dead connection, and another connection is worth a try.
 */
const ATTEMPT_MS = 1_000;

const current = new AsyncLocalStorage<RequestOptions>();
const prepared = new WeakSet<DynamoDBClient>();

/**
 * Makes a client use the options of the call that it works for. Options given to `client.send()`
 * would do the same, but the SDK then builds its stack of middleware anew for each call.
 */
export function takeRequestOptions(client: DynamoDBClient): void {
  if (prepared.has(client)) return;
  // A test's own client may be an object with `send` alone.
  const inner = client.config?.requestHandler;
  if (inner !== undefined) replaceHandler(client, inner);
  prepared.add(client);
}

function replaceHandler(client: DynamoDBClient, inner: DynamoDBClient['config']['requestHandler']): void {
  // Without this the SDK's handler only warns of an attempt that takes too long.
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

/** An error that the SDK doesn't retry, unlike a timeout of a single attempt. */
function outOfTime(cause?: unknown): Error {
  return Object.assign(new Error("the invocation's time is over", { cause }), { name: 'AbortError' });
}

/** The method of the SDK's handlers by which their settings change. */
interface ConfigurableHandler {
  updateHttpClientConfig?(key: string, value: unknown): void;
}

/** Runs a call with options for its requests. */
export function withRequestOptions<R>(options: RequestOptions, call: () => Promise<R>): Promise<R> {
  return current.run(options, call);
}
