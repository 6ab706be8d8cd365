import { AsyncLocalStorage } from 'node:async_hooks';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** Options of one call for the HTTP client. */
export interface RequestOptions {
  readonly abortSignal?: AbortSignal;
  /** Milliseconds until an attempt has failed. */
  readonly requestTimeout?: number;
  /**
   * Called for each request without an answer, which may have been done. The SDK shows only the
   * last one.
   */
  readonly onUnanswered?: () => void;
}

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
  client.config.requestHandler = Object.assign(Object.create(inner) as typeof inner, {
    handle: (async (request, given) => {
      const { onUnanswered, ...options } = current.getStore() ?? {};
      try {
        const result = await inner.handle(request, { ...given, ...options });
        if (result.response.statusCode >= 500) onUnanswered?.();
        return result;
      } catch (error) {
        onUnanswered?.();
        throw error;
      }
    }) as typeof inner.handle,
  });
}

/** Runs a call with options for its requests. */
export function withRequestOptions<R>(options: RequestOptions, call: () => Promise<R>): Promise<R> {
  return current.run(options, call);
}
