import { marshall as toStored } from '@aws-sdk/util-dynamodb';
import { Account, accountOf, unitsOf, writesOf } from '../../bench/workers/accounts';
import { growthOf } from '../../bench/workers/memory';
import { Partner } from '../../bench/workers/partner';
import { report } from '../../bench/workers/report';
import { order, orderKey } from '../../bench/workers/tables';
import type { StoredItem } from '../../testing/dynamodb/attributes';

const marshall = (item: object) => toStored(item) as unknown as StoredItem;
const KEY = marshall(orderKey(1));

/** A request as the SDK sends it. */
function requestOf(operation: string, input: object, account = 'marker') {
  const headers = {
    'x-amz-target': `DynamoDB_20120810.${operation}`,
    authorization: `AWS4-HMAC-SHA256 Credential=${account}/20261130/us-east-1/dynamodb/aws4_request, Signature=0`,
  };
  return { method: 'POST', path: '/', headers, body: Buffer.from(JSON.stringify(input)) };
}

/** Sets an order to paid, if it has the given status. */
const update = (status: string, note = '') => ({
  TableName: 'Orders-0',
  Key: KEY,
  UpdateExpression: 'SET #status = :paid, note = :note',
  ConditionExpression: '#status = :status',
  ExpressionAttributeNames: { '#status': 'status' },
  ExpressionAttributeValues: marshall({ ':paid': 'paid', ':status': status, ':note': note }),
});

describe('write units', () => {
  test.each([
    [0, 100, false, 1],
    [1_024, 1_024, false, 1],
    [1_025, 900, false, 2],
    [900, 1_025, false, 2],
    [1_025, 900, true, 4],
    [0, 0, false, 1],
  ])('of an item of %s bytes before and %s after, in a transaction: %s, are %s', (before, after, isIn, units) => {
    expect(unitsOf(before, after, isIn)).toBe(units);
  });

  test('a write counts by the larger item, and a failed condition by the stored item', async () => {
    const account = new Account();
    account.database.putRaw('Orders-0', marshall(order(1)));
    await account.answer(requestOf('GetItem', { TableName: 'Orders-0', Key: KEY }));
    expect(account.usage).toEqual({ calls: 1, writeUnits: 0 });
    await account.answer(requestOf('UpdateItem', update('placed', 'x'.repeat(2_000))));
    expect(account.usage).toEqual({ calls: 2, writeUnits: 3 });
    const refused = await account.answer(requestOf('UpdateItem', update('placed')));
    expect([refused, account.usage]).toEqual([expect.objectContaining({ status: 400 }), { calls: 3, writeUnits: 6 }]);
  });

  test('each item of a transaction counts twice, also a check', async () => {
    const account = new Account();
    account.database.putRaw('Orders-0', marshall(order(1)));
    account.database.putRaw('Orders-0', marshall(order(2)));
    const check = {
      TableName: 'Orders-0',
      Key: marshall(orderKey(2)),
      ConditionExpression: 'attribute_exists(orderId)',
    };
    const TransactItems = [{ Update: update('placed') }, { ConditionCheck: check }];
    await account.answer(requestOf('TransactWriteItems', { TransactItems }));
    expect(account.usage).toEqual({ calls: 1, writeUnits: 4 });
  });

  test('the bench fills tables without being counted', async () => {
    const account = new Account();
    const RequestItems = { 'Orders-0': [{ PutRequest: { Item: marshall(order(1)) } }] };
    await account.answer(requestOf('BatchWriteItem', { RequestItems }));
    expect([account.usage, account.database.items('Orders-0')]).toEqual([
      { calls: 0, writeUnits: 0 },
      [expect.objectContaining(KEY)],
    ]);
  });

  test('the account is the access key of the request', () => {
    expect(accountOf(requestOf('GetItem', {}, 'powertools'))).toBe('powertools');
    expect(writesOf('GetItem', { TableName: 'Orders-0', Key: KEY })).toEqual([]);
  });
});

describe('a partner without keys', () => {
  const call = (partner: Partner, method: string, id: string) =>
    partner.answer({ method, path: `/partner/ask/${id}`, headers: {}, body: Buffer.alloc(0) });

  test('charges at each call, and says whether it has charged', async () => {
    const partner = new Partner(() => undefined);
    expect(await call(partner, 'GET', '1')).toMatchObject({ status: 404 });
    await call(partner, 'POST', '1');
    await call(partner, 'POST', '1');
    expect(await call(partner, 'GET', '1')).toMatchObject({ status: 200 });
    expect([partner.chargesOf('ask'), partner.chargesOf('hold')]).toEqual([{ 1: 2 }, {}]);
  });

  test('ends the process at the stated call, which charges and gets no answer', async () => {
    const crashed: string[] = [];
    const partner = new Partner((account) => crashed.push(account));
    partner.crashAfter('ask', 2);
    expect([await call(partner, 'POST', '1'), crashed]).toEqual([{ status: 200, body: '' }, []]);
    expect([await call(partner, 'POST', '2'), await call(partner, 'POST', '3')]).toEqual(['hang', 'hang']);
    expect([crashed, partner.chargesOf('ask')]).toEqual([['ask'], { 1: 1, 2: 1, 3: 1 }]);
    partner.crashAfter('ask', undefined);
    expect(await call(partner, 'POST', '4')).toEqual({ status: 200, body: '' });
  });
});

describe('the report', () => {
  const measured = {
    names: ['byhand', 'powertools', 'constant', 'marker'] as const,
    times: new Map([
      ['byhand', { wall: 4_000, cpu: 2_000 }],
      ['powertools', { wall: 15_000, cpu: 9_000 }],
      ['constant', { wall: 5_000, cpu: 3_000 }],
      ['marker', { wall: 7_500, cpu: 4_500 }],
    ] as const),
    usage: new Map([
      ['powertools', { calls: 3, units: 3, unitsOfDuplicate: 1 }],
      ['constant', { calls: 1, units: 1, unitsOfDuplicate: 0 }],
      ['marker', { calls: 1.1, units: 2, unitsOfDuplicate: 0 }],
    ] as const),
    local: 'DynamoDB Local: no Java',
    heaps: [30, 11, 12, 11, 12, 11, 12],
    crashes: new Map([['ask', { orders: 200, halfWay: 90, chargedTwice: 1, held: 0 }]] as const),
    missing: [],
  };
  beforeAll(() => void jest.spyOn(console, 'log').mockImplementation());
  afterAll(() => jest.restoreAllMocks());

  test('states each ratio as the aims define it', () => {
    const { figures, missing, aims } = report(measured);
    expect(figures).toMatchObject({ conditionalTimes: 3, conditionalUnits: 0.333, handLoopRatio: 1.25 });
    expect(figures).toMatchObject({ conditionalTimesCpu: 3, handLoopRatioCpu: 1.5, conditionalTimesLocal: undefined });
    expect(figures).toMatchObject({ conditionalTimesOfMarker: 2, conditionalTimesOfMarkerCpu: 2 });
    expect(figures).toMatchObject({ handLoopRatioOfMarker: 1.875, handLoopRatioOfMarkerCpu: 2.25 });
    expect(missing).toEqual(['DynamoDB Local: no Java']);
    expect(aims.find(({ figure }) => figure === 'chargedTwice.ask')).toMatchObject({ value: 1, atMost: 0 });
  });

  test('the growth of the heap leaves the first step out', () => {
    expect(growthOf([30, 10, 10, 10, 11, 12, 13])).toBe(2.5);
    expect(growthOf([5, 10, 10, 10])).toBe(0);
  });
});
