import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { customResource, type ResourceHandlers, stringProperty } from '../../lambdas/system/resource/custom-resource';

const BASE = {
  ServiceToken: 'token',
  ResponseURL: 'https://answers.example:4566/here?signature=secret',
  StackId: 'stack',
  RequestId: 'request',
  LogicalResourceId: 'Logical',
  ResourceType: 'Custom::Thing',
  ResourceProperties: { ServiceToken: 'token', Name: 'new' },
};
const CREATE: CloudFormationCustomResourceEvent = { ...BASE, RequestType: 'Create' };
const UPDATE: CloudFormationCustomResourceEvent = {
  ...BASE,
  RequestType: 'Update',
  PhysicalResourceId: 'physical',
  OldResourceProperties: { ServiceToken: 'token', Name: 'old' },
};
const DELETE: CloudFormationCustomResourceEvent = { ...BASE, RequestType: 'Delete', PhysicalResourceId: 'physical' };

/** Runs one event; `statuses` are what the response URL answers, one after the other, 200 at the end. */
async function run(
  event: CloudFormationCustomResourceEvent,
  handlers: Partial<ResourceHandlers>,
  statuses: (number | Error)[] = [],
) {
  const sent: { url: string; init: RequestInit }[] = [];
  const lines: Record<string, unknown>[] = [];
  const waits: number[] = [];
  const never = async () => {
    throw new Error('not expected');
  };
  const handler = customResource(
    { create: never, update: never, remove: never, ...handlers },
    {
      async fetch(url, init) {
        sent.push({ url: String(url), init: init! });
        const status = statuses.shift() ?? 200;
        if (status instanceof Error) throw status;
        return new Response(null, { status });
      },
      log: (line) => lines.push(line),
      sleep: async (ms) => void waits.push(ms),
      random: () => 0.5,
    },
  );
  await handler(event);
  const last = sent.at(-1)!;
  return { sent, lines, waits, answer: JSON.parse(Buffer.from(last.init.body as Uint8Array).toString()) };
}

describe('customResource', () => {
  test('answers a creation with its id and data, at the very address it was given', async () => {
    const { sent, answer } = await run(CREATE, {
      create: async (properties) => ({ physicalResourceId: `id-${properties['Name']}`, data: { Colour: 'blue' } }),
    });
    expect(answer).toEqual({
      Status: 'SUCCESS',
      PhysicalResourceId: 'id-new',
      Data: { Colour: 'blue' },
      StackId: 'stack',
      RequestId: 'request',
      LogicalResourceId: 'Logical',
    });
    expect(sent).toHaveLength(1);
    expect(sent[0]!.url).toBe(BASE.ResponseURL);
    expect(sent[0]!.init.method).toBe('PUT');
    // The address is signed for no content type; a string body would get one.
    expect(sent[0]!.init.body).toBeInstanceOf(Uint8Array);
    expect(sent[0]!.init.headers).toBeUndefined();
  });

  test('keeps the id on an update that names none, and hands over old and new properties', async () => {
    const update = jest.fn(async () => undefined);
    const { answer } = await run(UPDATE, { update });
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'physical' });
    expect(update).toHaveBeenCalledWith(
      expect.objectContaining({ Name: 'new' }),
      expect.objectContaining({ Name: 'old' }),
      'physical',
    );
  });

  test('answers what a handler throws as the reason, cut to what CloudFormation takes', async () => {
    const { answer } = await run(UPDATE, {
      update: async () => {
        throw new Error(`no: ${'x'.repeat(5_000)}`);
      },
    });
    expect(answer.Status).toBe('FAILED');
    expect(answer.PhysicalResourceId).toBe('physical');
    expect(answer.Reason).toMatch(/^no: x+$/);
    expect(JSON.stringify(answer).length).toBeLessThan(4_096);
  });

  test('a failed creation is rolled back without calling the handler', async () => {
    const { answer } = await run(CREATE, {
      create: async () => {
        throw new Error('no');
      },
    });
    const remove = jest.fn();
    const rollback = await run({ ...DELETE, PhysicalResourceId: answer.PhysicalResourceId }, { remove });
    expect(remove).not.toHaveBeenCalled();
    expect(rollback.answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: answer.PhysicalResourceId });
  });

  test('tries the answer again when the address refuses or fails, longer each time', async () => {
    const { sent, waits } = await run(DELETE, { remove: async () => {} }, [503, new Error('reset'), 200]);
    expect(sent).toHaveLength(3);
    expect(waits[1]).toBeGreaterThan(waits[0]!);
  });

  test('gives up after four tries, so that Lambda reports the failure', async () => {
    await expect(run(DELETE, { remove: async () => {} }, [500, 500, 500, 500])).rejects.toThrow(/answered 500/);
  });

  test('never logs the response address', async () => {
    const { lines } = await run(CREATE, { create: async () => undefined });
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain('signature');
  });
});

test.each([[undefined], [''], [7]])('stringProperty fails when the property is %p', (value) => {
  expect(() => stringProperty({ Table: value }, 'Table')).toThrow(/property Table must be a non-empty string, got/);
});
