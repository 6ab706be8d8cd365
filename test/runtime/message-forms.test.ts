import * as fc from 'fast-check';
import { type Message, PermanentFailure, type S3Record, schema, worker } from '../../lambdas/runtime';
import type { HeldMessages } from '../../lambdas/runtime/worker/held-messages';
import { messageReader } from '../../lambdas/runtime/worker/message-forms';
import type { QueueRecord } from '../../lambdas/runtime/worker/records';
import { formatTrialReference } from '../../lambdas/runtime/worker/trial-reference';
import { MESSAGE_FORMS, type QuarantineEntry, REDRIVE_ATTRIBUTE } from '../../lib/protocol';

/** Forms of messages in AWS's documentation. */
const SNS = {
  Type: 'Notification',
  MessageId: 'dc1e94d9-56c5-5e96-808d-cc7f68faa162',
  TopicArn: 'arn:aws:sns:us-east-2:123456789012:orders',
  Subject: 'TestSubject',
  Message: '{"orderId":"1"}',
  Timestamp: '2021-02-16T21:41:19.978Z',
  SignatureVersion: '1',
  Signature:
    'FMG5tlZhJNHLHUXvZgtZzlk24FzVa7oX0T4P03neeXw8ZEXZx6z35j2FOTuNYShn2h0bKNC/zLTnMyIxEzmi2X1shOBWsJHkrW2xkR58ABZF',
  SigningCertURL: 'https://sns.us-east-2.amazonaws.com/SimpleNotificationService-010a507c1833636cd94bdb98bd93083a.pem',
  UnsubscribeURL: 'https://sns.us-east-2.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=arn',
  MessageAttributes: { kind: { Type: 'String', Value: 'new' }, bytes: { Type: 'Binary', Value: 'AA==' } },
};
const S3 = {
  eventVersion: '2.1',
  eventSource: 'aws:s3',
  awsRegion: 'us-west-2',
  eventTime: '1970-01-01T00:00:00.000Z',
  eventName: 'ObjectCreated:Put',
  userIdentity: { principalId: 'AIDAJDPLRKLG7UEXAMPLE' },
  requestParameters: { sourceIPAddress: '127.0.0.1' },
  responseElements: {
    'x-amz-request-id': 'C3D13FE58DE4C810',
    'x-amz-id-2': 'FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S',
  },
  s3: {
    s3SchemaVersion: '1.0',
    configurationId: 'testConfigRule',
    bucket: { name: 'mybucket', ownerIdentity: { principalId: 'A3NL1KOZZKExample' }, arn: 'arn:aws:s3:::mybucket' },
    object: {
      key: 'in/Happy+Face+100%25.jpg',
      size: 1024,
      eTag: 'd41d8cd98f00b204e9800998ecf8427e',
      versionId: '096fKKXTRTtl3on89fVO.nfljtsv6qko',
      sequencer: '0055AED6DCD90281E5',
    },
  },
};
const TEST_EVENT = {
  Service: 'Amazon S3',
  Event: 's3:TestEvent',
  Time: '2014-10-13T15:57:02.089Z',
  Bucket: 'mybucket',
  RequestId: '5582815E1AEA5ADF',
  HostId: '8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE',
};
const EVENT = {
  version: '0',
  id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '111122223333',
  time: '2017-12-22T18:43:48Z',
  region: 'us-west-1',
  resources: ['arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0'],
  detail: { 'instance-id': 'i-1234567890abcdef0', state: 'terminated' },
};
const TEXTS: Record<string, unknown> = { sns: SNS, s3: { Records: [S3] }, eventbridge: EVENT, plain: { orderId: '1' } };
const SENT = Date.parse('2026-12-01T10:00:00Z');

const record = (text: string, more: Partial<QueueRecord> = {}): QueueRecord => ({
  messageId: 'm1',
  receiptHandle: 'h1',
  body: text,
  eventSourceARN: 'arn:aws:sqs:us-east-1:111122223333:jobs',
  ...more,
  attributes: {
    ApproximateReceiveCount: '1',
    SenderId: 'AIDAI',
    SentTimestamp: String(SENT),
    ApproximateFirstReceiveTimestamp: String(SENT),
    AWSTraceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a:0',
    ...more.attributes,
  },
});
const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 30_000 };

/** Held messages in memory. */
function heldMessages(...known: QuarantineEntry[]) {
  const entries = new Map(known.map((entry) => [entry.sk, entry]));
  const held: HeldMessages = {
    put: async (entry) => void entries.set(entry.sk, entry),
    putNew: async (entry) => !entries.has(entry.sk) && entries.set(entry.sk, entry) !== undefined,
    putTried: async (entry) => entries.set(entry.sk, entry) !== undefined,
    get: async (sk) => entries.get(sk),
    delete: async ({ sk }) => void entries.delete(sk),
    last: async () => undefined,
  };
  return { held, entries };
}

/** Runs a worker whose messages have a form. */
async function run(
  form: string,
  handle: (message: Message<never>) => void,
  records: readonly QueueRecord[],
  { held = heldMessages().held, body }: { held?: HeldMessages; body?: schema.Schema<never> } = {},
) {
  const logs: Record<string, unknown>[] = [];
  const handler = worker<never>(handle, body === undefined ? {} : { schema: body }, {
    held,
    queue: { changeVisibility: async () => undefined, delete: async () => undefined },
    log: (level, message, fields) => void logs.push({ level, message, ...fields }),
    now: () => SENT + 1_000,
    environment: {
      BREAKWATER_NAME: 'Jobs',
      BREAKWATER_MESSAGE_FORM: form,
      BREAKWATER_QUARANTINE_TABLE: 'q',
      BREAKWATER_GIVE_UP_AFTER: '3600',
    },
  });
  const result = await handler({ Records: records }, context);
  return { logs, failed: result.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) };
}

async function received(form: string, text: unknown = TEXTS[form]): Promise<Message> {
  const seen: Message[] = [];
  const { failed } = await run(form, (message) => void seen.push(message), [record(JSON.stringify(text))]);
  expect([failed, seen.length]).toEqual([[], 1]);
  return seen[0]!;
}

const trace = { traceparent: '00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01' };

describe('the handler gets', () => {
  test('an SNS message as JSON, with the id and time of its publication', async () => {
    expect(await received('sns')).toMatchObject({
      id: SNS.MessageId,
      to: 'Jobs',
      time: SNS.Timestamp,
      body: { orderId: '1' },
      correlationId: SNS.MessageId,
      trace,
      source: {
        kind: 'sns',
        topicArn: SNS.TopicArn,
        subject: 'TestSubject',
        attributes: { kind: 'new', bytes: 'AA==' },
      },
    });
  });

  test('a record of S3 with the decoded key, and the id of the request to S3', async () => {
    const message = await received('s3');
    expect(message).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      to: 'Jobs',
      time: S3.eventTime,
      correlationId: 'C3D13FE58DE4C810',
      trace,
      source: { kind: 's3' },
    });
    const { object } = S3.s3;
    expect(message.body).toEqual({ ...S3, s3: { ...S3.s3, object: { ...object, key: 'in/Happy Face 100%.jpg' } } });
  });

  test('the detail of an event, with its id, time and type', async () => {
    expect(await received('eventbridge')).toMatchObject({
      id: EVENT.id,
      to: 'Jobs',
      time: EVENT.time,
      body: EVENT.detail,
      correlationId: EVENT.id,
      source: {
        kind: 'eventbridge',
        source: 'aws.ec2',
        detailType: EVENT['detail-type'],
        account: EVENT.account,
        region: EVENT.region,
        resources: EVENT.resources,
      },
    });
  });

  test('a plain message as JSON, with the id and time of SQS', async () => {
    expect(await received('plain')).toMatchObject({
      id: 'm1',
      to: 'Jobs',
      time: '2026-12-01T10:00:00.000Z',
      body: { orderId: '1' },
      correlationId: 'm1',
      source: { kind: 'plain' },
    });
  });

  test('the same id for two notifications of one S3 event, and another id for another event', async () => {
    const of = async (object: object) =>
      (await received('s3', { Records: [{ ...S3, s3: { ...S3.s3, object: { ...S3.s3.object, ...object } } }] })).id;
    const id = await of({});
    expect(await of({})).toBe(id);
    for (const object of [{ key: 'b' }, { versionId: 'b' }, { sequencer: '0055AED6DCD90281E6' }]) {
      expect(await of(object)).not.toBe(id);
    }
    // Some events have no sequencer.
    expect(await of({ sequencer: undefined })).toBe('m1-0');
  });
});

describe('the declaration decides the form', () => {
  test.each(MESSAGE_FORMS.filter((form) => form !== 'plain'))(
    'a worker of the form %s refuses other forms',
    async (form) => {
      const envelope = { id: 'a', to: 'Jobs', time: 't', body: 1 };
      // An envelope of an unknown version waits for a deployment.
      const eventbridge = { ...EVENT, version: undefined };
      for (const [other, text] of Object.entries({ ...TEXTS, eventbridge, envelope })) {
        if (other === form) continue;
        const { entries, held } = heldMessages();
        const { failed } = await run(form, () => fail(), [record(JSON.stringify(text))], { held });
        expect(failed).toEqual([]);
        expect([...entries.values()].map(({ reason }) => reason)).toEqual(['malformed']);
      }
    },
  );

  test('a plain worker never reads another form out of a body', async () => {
    for (const text of Object.values(TEXTS)) {
      expect(await received('plain', text)).toMatchObject({ id: 'm1', body: text, source: { kind: 'plain' } });
    }
  });

  test('any text is read or refused with an error that doesn’t quote it', () => {
    void fc.assert(
      fc.property(fc.constantFrom(...MESSAGE_FORMS), fc.json(), fc.constantFrom('', '{'), (form, json, cut) => {
        const secret = 'secret-4711';
        const text = `${cut}${json.replace(/^\{/, `{"${secret}":"${secret}",`)}`;
        try {
          for (const { source } of messageReader(form, 'Jobs')(record(text)))
            expect(source?.kind ?? 'envelope').toBe(form);
        } catch (error) {
          expect(String(error)).not.toContain(secret);
        }
      }),
    );
  });

  test('an unknown form fails the start', async () => {
    await expect(run('kinesis', () => undefined, [])).rejects.toThrow(
      "the form of messages must be one of envelope, sns, s3, eventbridge, plain, got 'kinesis'",
    );
  });
});

test.each<[string, unknown, RegExp]>([
  ['sns', { ...SNS, Message: 'hello' }, /SNS notification's Message must be JSON, got 5 characters of other text/],
  ['sns', { ...SNS, Type: 'SubscriptionConfirmation' }, /without the Type 'Notification'/],
  ['sns', { ...SNS, MessageId: undefined }, /needs a non-empty string 'MessageId', got undefined/],
  ['sns', [], /an SNS notification must be an object, got object/],
  ['s3', { Records: [] }, /must have a list of Records, got an empty one/],
  ['s3', { Records: [null] }, /a record of S3 must be an object, got null/],
  ['s3', { Records: [{ ...S3, s3: { ...S3.s3, object: { key: '%' } } }] }, /must be URL-encoded, got 1 characters/],
  ['eventbridge', { ...EVENT, detail: undefined }, /must have a detail, got none/],
  ['eventbridge', { ...EVENT, id: 1 }, /needs a non-empty string 'id', got number/],
])('a message of the form %s that isn’t valid is malformed', async (form, text, reason) => {
  const { logs, failed } = await run(form, () => fail(), [record(JSON.stringify(text))]);
  expect(failed).toEqual([]);
  expect(logs.find(({ message }) => message === 'message')).toMatchObject({
    outcome: 'malformed',
    reason: expect.stringMatching(reason),
  });
});

test('the test event of S3 is acknowledged and logged', async () => {
  const { entries, held } = heldMessages();
  const { logs, failed } = await run('s3', () => fail(), [record(JSON.stringify(TEST_EVENT))], { held });
  expect([failed, entries.size]).toEqual([[], 0]);
  expect(logs).toMatchObject([
    { level: 'INFO', outcome: 'done', reason: 'it is a test of the source', messageId: 'm1' },
  ]);
});

describe('a notification with several S3 records', () => {
  const records = ['a', 'b', 'c'].map((key) => ({ ...S3, s3: { ...S3.s3, object: { ...S3.s3.object, key } } }));
  const text = JSON.stringify({ Records: records });

  test('is handled record by record, in order, with different ids', async () => {
    const seen: Message<S3Record>[] = [];
    const { logs } = await run('s3', (message) => void seen.push(message as Message<S3Record>), [record(text)]);
    expect(seen.map(({ body }) => body.s3.object.key)).toEqual(['a', 'b', 'c']);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(3);
    expect(logs).toMatchObject([{ outcome: 'done', records: 3 }]);
  });

  test('is retried as a whole if a record fails, and later records aren’t begun', async () => {
    const keys: string[] = [];
    const handle = ({ body }: Message<never>) => {
      const { key } = (body as S3Record).s3.object;
      keys.push(key);
      if (key === 'b') throw new Error('partner is down');
    };
    const { logs, failed } = await run('s3', handle, [record(text)]);
    expect([failed, keys]).toEqual([['m1'], ['a', 'b']]);
    expect(logs).toMatchObject([{ outcome: 'failed', records: 3 }]);
  });

  test('isn’t continued with another record after the time of the batch is over', async () => {
    const keys: string[] = [];
    const outcomes: unknown[] = [];
    const handler = worker<S3Record>(
      async ({ body, signal }) => {
        keys.push(body.s3.object.key);
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      },
      {},
      {
        now: () => SENT,
        // The time of each batch is over at once.
        after: () => ({ promise: new Promise((resolve) => setImmediate(resolve)), cancel: () => undefined }),
        log: (_level, _message, fields) => void outcomes.push(fields['outcome']),
        environment: { BREAKWATER_NAME: 'Jobs', BREAKWATER_MESSAGE_FORM: 's3' },
      },
    );
    expect(await handler({ Records: [record(text)] }, context)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm1' }],
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect([keys, outcomes]).toEqual([['a'], ['unfinished', 'unfinished, too late']]);
  });

  test('is held once if a record is refused', async () => {
    const { entries, held } = heldMessages();
    const body = schema.refine(
      schema.from<never>((value) => ({ value: value as never })),
      (value) => (value as S3Record).s3.object.key !== 'b',
      'no b',
    );
    const { failed } = await run('s3', () => undefined, [record(text)], { held, body });
    expect(failed).toEqual([]);
    expect([...entries.values()]).toMatchObject([{ reason: 'refused', content: text }]);
  });
});

describe.each(Object.entries(TEXTS))('a message of the form %s', (form, value) => {
  const text = JSON.stringify(value);

  test('that a handler gives up is held with its text, and its trial gives the same message', async () => {
    const { entries, held } = heldMessages();
    const ids: string[] = [];
    const refuse = ({ id }: Message<never>) => {
      ids.push(id);
      throw new PermanentFailure('no such order');
    };
    await run(form, refuse, [record(text)], { held });
    const [entry] = [...entries.values()];
    expect(entry).toMatchObject({ pk: 'held#Jobs', content: text, reason: 'permanent', id: ids[0] });
    const sent: QuarantineEntry = { ...entry!, state: 'sent', trial: 't1', triedAt: new Date(SENT).toISOString() };
    entries.set(sent.sk, sent);
    const stringValue = formatTrialReference({ sk: sent.sk, trial: 't1' }, 'Jobs', text);
    const again = record(text, { messageId: 'm2', messageAttributes: { [REDRIVE_ATTRIBUTE]: { stringValue } } });
    const { logs } = await run(form, ({ id }) => void ids.push(id), [again], { held });
    expect([entries.size, logs[0]!['outcome']]).toEqual([0, 'done']);
    // SQS gives a message that is sent again another id, but the handler gets the first one.
    expect(ids[1]).toBe(ids[0]);
  });

  test('that fails for too long is given up', async () => {
    const { entries, held } = heldMessages();
    const first = { ApproximateFirstReceiveTimestamp: String(SENT - 3_600_000) };
    const { attributes } = record(text);
    const late = record(text, { attributes: { ...attributes, ...first } });
    const handle = () => {
      throw new TypeError('x');
    };
    await run(form, handle, [late], { held });
    expect([...entries.values()]).toMatchObject([{ reason: 'gave-up', error: 'TypeError', content: text }]);
  });

  test('is refused if its body doesn’t fit the schema', async () => {
    const { entries, held } = heldMessages();
    const body = schema.object({ never: schema.string() }) as unknown as schema.Schema<never>;
    await run(form, () => fail(), [record(text)], { held, body });
    expect([...entries.values()]).toMatchObject([{ reason: 'refused' }]);
  });
});

function fail(): never {
  throw new Error('the handler must not run');
}
