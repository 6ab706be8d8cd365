import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDbMapStore } from '../../lambdas/system/shard-map/dynamodb-map-store';
import type { MapStore } from '../../lambdas/system/shard-map/map-store';
import { shardMapResource } from '../../lambdas/system/shard-map/resource';
import { initialSlots, openShardMap, type ShardMap } from '../../lib/protocol';

class MemoryStore implements MapStore {
  public readonly maps = new Map<string, ShardMap>();
  public async find(table: string) {
    return this.maps.get(table);
  }
  public async create(map: ShardMap) {
    if (this.maps.has(map.table)) return false;
    this.maps.set(map.table, map);
    return true;
  }
  public async replace(map: ShardMap) {
    if (this.maps.get(map.table)?.epoch !== map.epoch - 1) return false;
    this.maps.set(map.table, map);
    return true;
  }
  public async remove(table: string) {
    this.maps.delete(table);
  }
}

const PROPERTIES = {
  Table: 'Orders',
  Shards: ['t0', 't1'],
  PartitionKey: 'customerId',
  SortKey: 'orderId',
  RemoveWithStack: 'false',
};
const ID = 'shard-map/Orders';

async function deployed() {
  const store = new MemoryStore();
  const resource = shardMapResource(store);
  await resource.create(PROPERTIES);
  return { store, resource };
}

describe('shard map resource', () => {
  test('writes a first map that covers every slot evenly', async () => {
    const { store } = await deployed();
    const map = store.maps.get('Orders')!;
    expect(map).toEqual({
      table: 'Orders',
      epoch: 1,
      shards: ['t0', 't1'],
      slots: initialSlots(2),
      partitionKey: 'customerId',
      sortKey: 'orderId',
    });
    expect(new Set(openShardMap(map).owners)).toEqual(new Set([0, 1]));
  });

  test('a creation that is delivered twice succeeds twice', async () => {
    const { resource } = await deployed();
    await expect(resource.create(PROPERTIES)).resolves.toEqual({ physicalResourceId: ID });
  });

  test('a creation fails over the map of kept data, and leaves it', async () => {
    const { store, resource } = await deployed();
    await expect(resource.create({ ...PROPERTIES, Shards: ['u0', 'u1'] })).rejects.toThrow(
      /already has a map for table 'Orders'.*shard 0 would become u0, but its data is in t0/,
    );
    expect(store.maps.get('Orders')!.shards).toEqual(['t0', 't1']);
  });

  test('an update that changes nothing leaves a map whose slots have moved since', async () => {
    const { store, resource } = await deployed();
    const moved = { ...store.maps.get('Orders')!, epoch: 9, slots: '16383x0,1x1' };
    store.maps.set('Orders', moved);
    await resource.update(PROPERTIES, PROPERTIES, ID);
    expect(store.maps.get('Orders')).toBe(moved);
  });

  test.each([
    ['more shards', { Shards: ['t0', 't1', 't2'] }, /has 2 shards and 3 were asked for.*Deploy with shards: 2/],
    ['fewer shards', { Shards: ['t0'] }, /has 2 shards and 1 were asked for/],
    ['a replaced shard', { Shards: ['t0', 'x1'] }, /shard 1 would become x1, but its data is in t1/],
    [
      'another partition key',
      { PartitionKey: 'sku' },
      /keys are customerId and orderId and can't become sku and orderId/,
    ],
    ['no sort key any more', { SortKey: undefined }, /can't become customerId/],
    ['another name', { Table: 'Sales' }, /tableName can't change from 'Orders' to 'Sales'/],
  ])('an update with %s fails and leaves the map; the rollback succeeds', async (_, change, message) => {
    const { store, resource } = await deployed();
    const before = store.maps.get('Orders');
    const wanted = { ...PROPERTIES, ...change };
    await expect(resource.update(wanted, PROPERTIES, ID)).rejects.toThrow(message);
    expect(store.maps.get('Orders')).toBe(before);
    if (!('Table' in change)) await expect(resource.update(PROPERTIES, wanted, ID)).resolves.toBeDefined();
  });

  test('an update of the time to live makes a new epoch, and its removal too', async () => {
    const { store, resource } = await deployed();
    const expiring = { ...PROPERTIES, TimeToLive: 'expires' };
    await resource.update(expiring, PROPERTIES, ID);
    expect(store.maps.get('Orders')).toMatchObject({ epoch: 2, timeToLive: 'expires', slots: initialSlots(2) });
    await resource.update(PROPERTIES, expiring, ID);
    expect(store.maps.get('Orders')).toMatchObject({ epoch: 3 });
    expect(store.maps.get('Orders')).not.toHaveProperty('timeToLive');
  });

  test('an update fails when somebody else changes the map at the same time', async () => {
    const { store, resource } = await deployed();
    jest.spyOn(store, 'replace').mockResolvedValue(false);
    await expect(resource.update({ ...PROPERTIES, TimeToLive: 'expires' }, PROPERTIES, ID)).rejects.toThrow(
      /changed while it was updated; deploy again/,
    );
  });

  test('an update without a map writes the first one', async () => {
    const store = new MemoryStore();
    await shardMapResource(store).update(PROPERTIES, PROPERTIES, ID);
    expect(store.maps.get('Orders')?.epoch).toBe(1);
  });

  test('the map outlives the stack unless its tables go too', async () => {
    const { store, resource } = await deployed();
    await resource.remove(PROPERTIES, ID);
    expect(store.maps.has('Orders')).toBe(true);
    await resource.remove({ ...PROPERTIES, RemoveWithStack: 'true' }, ID);
    expect(store.maps.has('Orders')).toBe(false);
  });

  test.each([
    [undefined],
    [[]],
    [['t0', 't0']],
    [['t0', '']],
    ['t0'],
    [Array.from({ length: 257 }, (_, i) => `t${i}`)],
  ])('fails when Shards is %j', async (shards) => {
    await expect(shardMapResource(new MemoryStore()).create({ ...PROPERTIES, Shards: shards })).rejects.toThrow(
      /property Shards must list 1 to 256 different table names/,
    );
  });
});

describe('DynamoDbMapStore', () => {
  const client = new DynamoDBClient({ region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  const store = new DynamoDbMapStore(client, 'maps');
  const map: ShardMap = { table: 'Orders', epoch: 4, shards: ['t0'], slots: '16384x0', partitionKey: 'id' };
  let sent: Record<string, unknown>[];
  let answer: unknown;

  beforeEach(() => {
    sent = [];
    answer = {};
    jest.spyOn(client, 'send').mockImplementation((async (command: { input: Record<string, unknown> }) => {
      sent.push(command.input);
      if (answer instanceof Error) throw answer;
      return answer;
    }) as never);
  });

  test('reads what it writes, consistently', async () => {
    await store.create(map);
    answer = { Item: sent[0]!['Item'] };
    await expect(store.find('Orders')).resolves.toEqual(map);
    expect(sent[1]).toMatchObject({ TableName: 'maps', Key: { table: { S: 'Orders' } }, ConsistentRead: true });
  });

  test('creates only where nothing is, replaces only the epoch before', async () => {
    await store.create(map);
    await store.replace(map);
    expect(sent[0]).toMatchObject({ ConditionExpression: 'attribute_not_exists(#key)' });
    expect(sent[0]).toMatchObject({ ExpressionAttributeNames: { '#key': 'table' } });
    expect(sent[1]).toMatchObject({
      ConditionExpression: '#epoch = :before',
      ExpressionAttributeValues: { ':before': { N: '3' } },
    });
  });

  test('tells a failed condition from a failure', async () => {
    const { ConditionalCheckFailedException } = await import('@aws-sdk/client-dynamodb');
    answer = new ConditionalCheckFailedException({ message: 'no', $metadata: {} });
    await expect(store.create(map)).resolves.toBe(false);
    answer = new Error('throttled');
    await expect(store.create(map)).rejects.toThrow('throttled');
  });
});
