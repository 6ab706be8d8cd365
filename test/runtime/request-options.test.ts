import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Invocation, withInvocation } from '../../lambdas/runtime/invocation';
import { takeRequestOptions, withRequestOptions } from '../../lambdas/runtime/table/request-options';

interface Given {
  readonly requestTimeout?: number;
  readonly abortSignal?: AbortSignal;
}

/** A client whose HTTP handler notes the options of each request, and answers as told. */
function client(answer: () => Promise<object> = async () => ({ response: { statusCode: 200 } })) {
  const given: Given[] = [];
  const settings: Record<string, unknown> = {};
  const requestHandler = {
    handle: (_request: object, options: Given) => {
      given.push(options);
      return answer();
    },
    updateHttpClientConfig: (key: string, value: unknown) => {
      settings[key] = value;
    },
  };
  const config = { requestHandler };
  takeRequestOptions({ config } as unknown as DynamoDBClient);
  return { given, settings, send: () => config.requestHandler.handle({}, {}) };
}

describe('the timeout of an attempt', () => {
  test('is a second for one item, so that three attempts fit a module’s 10 s, and an error', async () => {
    const { given, settings, send } = client();
    await withRequestOptions({}, send);
    await withRequestOptions({ attemptMs: 3_000 }, send);
    expect(given.map(({ requestTimeout }) => requestTimeout)).toEqual([1_000, 3_000]);
    expect(settings).toEqual({ throwOnRequestTimeout: true });
  });

  test('is the time that the invocation has left, less a tenth, if that is shorter', async () => {
    const { given, send } = client();
    await withInvocation(new Invocation(() => 300), send);
    expect(given).toMatchObject([{ requestTimeout: 270 }]);
  });
});

describe('when the invocation’s time is over', () => {
  test('nothing is sent, and nothing may have been done', async () => {
    const { given, send } = client();
    let left = 300;
    const onUnanswered = jest.fn();
    const call = withInvocation(new Invocation(() => left), async () => {
      left = 0;
      await withRequestOptions({ onUnanswered }, send);
    });
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(given).toEqual([]);
    expect(onUnanswered).not.toHaveBeenCalled();
  });

  test('a timeout of an attempt becomes an error that the SDK does not retry', async () => {
    let left = 300;
    const timeout = Object.assign(new Error('too long'), { name: 'TimeoutError' });
    const { send } = client(() => {
      left = 0;
      return Promise.reject(timeout);
    });
    await expect(withInvocation(new Invocation(() => left), send)).rejects.toMatchObject({
      name: 'AbortError',
      cause: timeout,
    });
  });

  test('before that a timeout stays one, which the SDK retries', async () => {
    const timeout = Object.assign(new Error('too long'), { name: 'TimeoutError' });
    const { send } = client(() => Promise.reject(timeout));
    await expect(withInvocation(new Invocation(() => 300), send)).rejects.toBe(timeout);
  });
});

test('the caller’s signal reaches the request', async () => {
  const { given, send } = client();
  const abortSignal = new AbortController().signal;
  await withRequestOptions({ abortSignal }, send);
  expect(given[0]?.abortSignal).toBe(abortSignal);
});
