import { randomUUID } from 'node:crypto';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';

type Values = Record<string, unknown>;

/**
 * What DynamoDB does for handlers, by AWS's documentation. The memory tables are held to it in each unit test run, and the
 * local AWS emulator in each end-to-end run.
 */
export function dynamoDbContract(connect: () => DynamoDBClient): void {
  const table = `contract-${randomUUID()}`;
  const raw = { removeUndefinedValues: true } as const;
  const client = () => connect();
  const read = (item: Parameters<typeof unmarshall>[0] | undefined) => item && unmarshall(item);
  const put = (item: Values, more: object = {}) =>
    client().send(new PutItemCommand({ TableName: table, Item: marshall(item, raw), ...more }));
  const get = async (pk: string, sk: number, more: object = {}) =>
    read(
      (
        await client().send(
          new GetItemCommand({ TableName: table, Key: marshall({ pk, sk }), ConsistentRead: true, ...more }),
        )
      ).Item,
    );
  const update = (
    sk: number,
    UpdateExpression: string,
    values: Values = {},
    more: Partial<UpdateItemCommandInput> = {},
  ) =>
    client().send(
      new UpdateItemCommand({
        TableName: table,
        Key: marshall({ pk: 'u', sk }),
        UpdateExpression,
        ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: marshall(values, raw) } : {}),
        ReturnValues: 'ALL_NEW',
        ...more,
      }),
    );
  const holds = async (ConditionExpression: string, values: Values = {}, names?: Record<string, string>) => {
    try {
      await client().send(
        new TransactWriteItemsCommand({
          TransactItems: [
            {
              ConditionCheck: {
                TableName: table,
                Key: marshall({ pk: 'c', sk: 1 }),
                ConditionExpression,
                ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: marshall(values) } : {}),
                ...(names === undefined ? {} : { ExpressionAttributeNames: names }),
              },
            },
          ],
        }),
      );
      return true;
    } catch (error) {
      const { name, CancellationReasons: reasons } = error as {
        name: string;
        CancellationReasons?: { Code?: string }[];
      };
      if (name === 'TransactionCanceledException' && reasons?.[0]?.Code === 'ConditionalCheckFailed') return false;
      throw error;
    }
  };
  const query = async (more: object) => {
    const { Items = [], ...rest } = await client().send(new QueryCommand({ TableName: table, ...more }));
    return { ...rest, items: Items.map((item) => unmarshall(item)) };
  };
  const ofPartition = (pk: string, more: object = {}) => ({
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: marshall({ ':pk': pk }),
    ...more,
  });

  beforeAll(async () => {
    await client().send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'N' },
          { AttributeName: 'kind', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'byKind',
            KeySchema: [
              { AttributeName: 'kind', KeyType: 'HASH' },
              { AttributeName: 'sk', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['label'] },
          },
        ],
      }),
    );
    await put({
      pk: 'c',
      sk: 1,
      n: 5,
      txt: 'lamp',
      flag: true,
      nothing: null,
      lst: ['a', 2],
      doc: { deep: { x: 1 } },
      tags: new Set(['a', 'b']),
    });
  });
  afterAll(() => client().send(new DeleteTableCommand({ TableName: table })));

  describe('conditions', () => {
    test.each<[string, Values, boolean]>([
      ['n = :n', { ':n': 5 }, true],
      ['n <> :n', { ':n': 5 }, false],
      ['n < :n', { ':n': 5.5 }, true],
      ['n >= :n', { ':n': 6 }, false],
      ['n BETWEEN :low AND :high', { ':low': 5, ':high': 6 }, true],
      ['n IN (:a, :b)', { ':a': 4, ':b': 5 }, true],
      ['n = :n', { ':n': '5' }, false],
      ['absent = :n', { ':n': 5 }, false],
      ['absent <> :n', { ':n': 5 }, true],
      ['NOT absent < :n', { ':n': 5 }, true],
      ['attribute_exists(doc.deep.x) AND attribute_not_exists(doc.deep.y)', {}, true],
      ['lst[0] = :a AND lst[1] = :b', { ':a': 'a', ':b': 2 }, true],
      ['attribute_exists(lst[2])', {}, false],
      ['begins_with(txt, :s)', { ':s': 'la' }, true],
      ['contains(txt, :s) AND contains(tags, :t) AND contains(lst, :l)', { ':s': 'am', ':t': 'b', ':l': 2 }, true],
      ['contains(tags, :t)', { ':t': 'c' }, false],
      ['attribute_type(nothing, :t)', { ':t': 'NULL' }, true],
      ['size(txt) = :four AND size(lst) = :two', { ':four': 4, ':two': 2 }, true],
      ['flag = :f OR n = :n AND n = :m', { ':f': true, ':n': 1, ':m': 2 }, true],
      ['(flag = :f OR n = :n) AND n = :m', { ':f': true, ':n': 1, ':m': 2 }, false],
      ['doc = :m', { ':m': { deep: { x: 1 } } }, true],
      ['tags = :t', { ':t': new Set(['b', 'a']) }, true],
    ])('%s', async (condition, values, expected) => {
      expect(await holds(condition, values)).toBe(expected);
    });

    test('a failed one returns the item if asked to', async () => {
      const condition = {
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      };
      const error = await put({ pk: 'c', sk: 1 }, condition).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ name: 'ConditionalCheckFailedException' });
      expect(read((error as { Item: Parameters<typeof unmarshall>[0] }).Item)).toMatchObject({ n: 5, txt: 'lamp' });
    });
  });

  describe('updates', () => {
    test.each<[string, Values, Values, Values]>([
      ['SET n = n + :n, m = :n - n', { n: 1 }, { ':n': 2 }, { n: 3, m: 1 }],
      ['SET n = if_not_exists(n, :n)', {}, { ':n': 2 }, { n: 2 }],
      ['SET lst = list_append(lst, :more)', { lst: [1] }, { ':more': [2] }, { lst: [1, 2] }],
      ['SET lst[5] = :v', { lst: [1] }, { ':v': 9 }, { lst: [1, 9] }],
      ['SET doc.b = :v REMOVE doc.a', { doc: { a: 1 } }, { ':v': 2 }, { doc: { b: 2 } }],
      ['REMOVE lst[0], gone', { lst: [1, 2], gone: true }, {}, { lst: [2] }],
      [
        'ADD n :n, tags :t',
        { tags: new Set(['a']) },
        { ':n': 1.5, ':t': new Set(['b', 'a']) },
        { n: 1.5, tags: new Set(['a', 'b']) },
      ],
      ['DELETE tags :t', { tags: new Set(['a', 'b']) }, { ':t': new Set(['b', 'x']) }, { tags: new Set(['a']) }],
      ['DELETE tags :t', { tags: new Set(['a']) }, { ':t': new Set(['a']) }, {}],
    ])('%s', async (expression, before, values, after) => {
      await put({ pk: 'u', sk: 1, ...before });
      const { Attributes } = await update(1, expression, values);
      expect(read(Attributes)).toEqual({ pk: 'u', sk: 1, ...after });
      expect(await get('u', 1)).toEqual({ pk: 'u', sk: 1, ...after });
    });

    test('numbers are exact', async () => {
      await put({ pk: 'u', sk: 2, n: 0.1 });
      const { Attributes } = await update(2, 'ADD n :n', { ':n': 0.2 });
      expect(Attributes?.['n']).toEqual({ N: '0.3' });
    });

    test('an update makes the item, and returns what it was asked for', async () => {
      const { Attributes } = await update(3, 'SET a = :v', { ':v': 1 }, { ReturnValues: 'ALL_OLD' });
      expect(Attributes ?? {}).toEqual({});
      expect(read((await update(3, 'SET b = :v', { ':v': 2 }, { ReturnValues: 'UPDATED_NEW' })).Attributes)).toEqual({
        b: 2,
      });
      expect(await get('u', 3)).toEqual({ pk: 'u', sk: 3, a: 1, b: 2 });
    });
  });

  describe('requests that DynamoDB calls invalid', () => {
    test.each<[string, () => Promise<unknown>]>([
      ['a reserved word', () => holds('status = :s', { ':s': 1 })],
      ['an unknown name', () => holds('#a = :s', { ':s': 1 }, { '#b': 'b' })],
      ['an unused value', () => holds('n = :n', { ':n': 1, ':m': 2 })],
      ['a missing value', () => holds('n = :n')],
      ['a broken expression', () => holds('n = ', { ':n': 1 })],
      ['an update of the key', () => update(1, 'SET sk = :v', { ':v': 2 })],
      ['two paths that overlap', () => update(1, 'SET a = :v, a.b = :v', { ':v': 2 })],
      ['an operand that does not exist', () => update(1, 'SET a = absent + :v', { ':v': 2 })],
      ['an operand of a wrong type', () => update(1, 'ADD pk2 :v', { ':v': 'text' })],
      ['a key of another type', () => put({ pk: 'x', sk: 'text' })],
      ['a missing key', () => put({ pk: 'x' })],
      ['an empty key', () => put({ pk: '', sk: 1 })],
      [
        'more in the key',
        () => client().send(new GetItemCommand({ TableName: table, Key: marshall({ pk: 'x', sk: 1, a: 1 }) })),
      ],
      ['an index key of another type', () => put({ pk: 'x', sk: 1, kind: 5 })],
      ['an item above 400 KB', () => put({ pk: 'x', sk: 1, text: 'x'.repeat(400 * 1024) })],
      [
        'a query without its partition',
        () => query({ KeyConditionExpression: 'sk = :s', ExpressionAttributeValues: marshall({ ':s': 1 }) }),
      ],
      ['an unknown index', () => query({ ...ofPartition('q'), IndexName: 'none' })],
      [
        'a consistent read of an index',
        () =>
          query({
            IndexName: 'byKind',
            ConsistentRead: true,
            KeyConditionExpression: 'kind = :k',
            ExpressionAttributeValues: marshall({ ':k': 'a' }),
          }),
      ],
      ['the same item twice in a transaction', () => transact([{ Delete: keyOf('x', 1) }, { Delete: keyOf('x', 1) }])],
      ['the same item twice in a batch', () => batchGet([1, 1])],
    ])('%s', async (_, send) => {
      await expect(send()).rejects.toMatchObject({ name: 'ValidationException' });
    });

    test('a table that does not exist', async () => {
      const command = new GetItemCommand({ TableName: 'none', Key: marshall({ pk: 'a', sk: 1 }) });
      await expect(client().send(command)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    });
  });

  describe('queries', () => {
    beforeAll(async () => {
      const items = [3, 1, 10, 2].map((sk) => ({
        pk: 'q',
        sk,
        kind: sk > 2 ? 'big' : 'small',
        label: `l${sk}`,
        extra: 'o',
      }));
      const requests = [...items, { pk: 'q', sk: 4 }].map((item) => ({ PutRequest: { Item: marshall(item) } }));
      await client().send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
    });

    test('are in the order of the sort key, in both directions', async () => {
      expect((await query(ofPartition('q'))).items.map(({ sk }) => sk)).toEqual([1, 2, 3, 4, 10]);
      expect((await query(ofPartition('q', { ScanIndexForward: false, Limit: 2 }))).items.map(({ sk }) => sk)).toEqual([
        10, 4,
      ]);
    });

    test('go on where a page ended, also after its last item was deleted', async () => {
      const first = await query(ofPartition('q', { Limit: 2 }));
      expect([first.items.map(({ sk }) => sk), first.Count]).toEqual([[1, 2], 2]);
      expect(read(first.LastEvaluatedKey)).toEqual({ pk: 'q', sk: 2 });
      await client().send(new DeleteItemCommand({ TableName: table, Key: marshall({ pk: 'q', sk: 2 }) }));
      const next = await query(ofPartition('q', { ExclusiveStartKey: first.LastEvaluatedKey }));
      expect([next.items.map(({ sk }) => sk), next.LastEvaluatedKey]).toEqual([[3, 4, 10], undefined]);
      await put({ pk: 'q', sk: 2, kind: 'small', label: 'l2', extra: 'o' });
    });

    test('filter after the limit', async () => {
      const page = await query({
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :low AND :high',
        FilterExpression: 'kind = :k',
        ExpressionAttributeValues: marshall({ ':pk': 'q', ':low': 1, ':high': 4, ':k': 'big' }),
        Limit: 2,
      });
      expect([page.items, page.Count, page.ScannedCount]).toEqual([[], 0, 2]);
      expect(page.LastEvaluatedKey).toBeDefined();
    });

    test('of an index have the items with its keys, and the attributes that it copies', async () => {
      const { items } = await query({
        IndexName: 'byKind',
        KeyConditionExpression: 'kind = :k AND sk > :s',
        ExpressionAttributeValues: marshall({ ':k': 'big', ':s': 3 }),
      });
      expect(items).toEqual([{ pk: 'q', sk: 10, kind: 'big', label: 'l10' }]);
      const { Items = [] } = await client().send(new ScanCommand({ TableName: table, IndexName: 'byKind' }));
      expect(Items.map((item) => Number(item['sk']?.N)).sort()).toEqual([1, 10, 2, 3]);
    });

    test('project attributes', async () => {
      const projection = { ProjectionExpression: '#l, sk', ExpressionAttributeNames: { '#l': 'label' } };
      expect((await query(ofPartition('q', { ...projection, Limit: 1 }))).items).toEqual([{ sk: 1, label: 'l1' }]);
      expect(await get('q', 1, { ProjectionExpression: 'extra' })).toEqual({ extra: 'o' });
      expect((await query(ofPartition('q', { Select: 'COUNT' }))).Count).toBe(5);
    });

    test('of many items end at 1 MB', async () => {
      const text = 'x'.repeat(300 * 1024);
      for (const sk of [1, 2, 3, 4, 5]) await put({ pk: 'long', sk, text });
      const page = await query(ofPartition('long'));
      expect(page.items.length).toBeLessThan(5);
      const rest = await query(ofPartition('long', { ExclusiveStartKey: page.LastEvaluatedKey }));
      expect(page.items.length + rest.items.length).toBe(5);
    });
  });

  const keyOf = (pk: string, sk: number) => ({ TableName: table, Key: marshall({ pk, sk }) });
  const transact = (TransactItems: object[], token?: string) =>
    client().send(new TransactWriteItemsCommand({ TransactItems, ClientRequestToken: token }));
  const batchGet = (sortKeys: number[]) =>
    client().send(
      new BatchGetItemCommand({ RequestItems: { [table]: { Keys: sortKeys.map((sk) => marshall({ pk: 'q', sk })) } } }),
    );

  describe('transactions and batches', () => {
    const putOf = (item: Values, more: object = {}) => ({ Put: { TableName: table, Item: marshall(item), ...more } });

    test('do everything or nothing, and say why', async () => {
      await put({ pk: 't', sk: 1, v: 'old' });
      const refused = transact([
        putOf({ pk: 't', sk: 2 }),
        putOf(
          { pk: 't', sk: 1 },
          { ConditionExpression: 'attribute_not_exists(pk)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
        ),
      ]);
      await expect(refused).rejects.toMatchObject({
        name: 'TransactionCanceledException',
        CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed', Item: { v: { S: 'old' } } }],
      });
      expect(await get('t', 2)).toBeUndefined();
    });

    test('are done once for each token', async () => {
      const add = {
        Update: { ...keyOf('t', 3), UpdateExpression: 'ADD n :n', ExpressionAttributeValues: marshall({ ':n': 1 }) },
      };
      const token = randomUUID();
      await transact([add], token);
      await transact([add], token);
      expect(await get('t', 3)).toMatchObject({ n: 1 });
      await expect(transact([add, { Delete: keyOf('t', 9) }], token)).rejects.toMatchObject({
        name: 'IdempotentParameterMismatchException',
      });
    });

    test('read several items', async () => {
      const { Responses = [] } = await client().send(
        new TransactGetItemsCommand({ TransactItems: [{ Get: keyOf('c', 1) }, { Get: keyOf('none', 1) }] }),
      );
      expect([read(Responses[0]?.Item)?.['n'], Responses[1]?.Item]).toEqual([5, undefined]);
      const { Responses: found = {} } = await batchGet([1, 2, 99]);
      expect(found[table]?.map((item) => Number(item['sk']?.N)).sort()).toEqual([1, 2]);
    });
  });
}
