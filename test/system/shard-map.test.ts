import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { ResourceHandlers } from '../../lambdas/system/resource/custom-resource';
import { DynamoDbMapStore } from '../../lambdas/system/shard-map/dynamodb-map-store';
import type { MapStore } from '../../lambdas/system/shard-map/map-store';
import { shardMapResource } from '../../lambdas/system/shard-map/resource';
import { streamEntriesResource } from '../../lambdas/system/shard-map/stream-entries';
import {
  historyKey,
  historyOf,
  initialSlots,
  openShardMap,
  type ShardMap,
  type ShardMapHistory,
  type StreamEntry,
  streamKey,
} from '../../lib/protocol';

class MemoryStore implements MapStore {
  public readonly maps = new Map<string, ShardMap>();
  public readonly entries = new Map<string, StreamEntry>();
  public readonly history = new Map<string, ShardMapHistory>();
  public readonly writes: string[] = [];
  public async find(table: string) {
    return this.maps.get(table);
  }
  public async create(map: ShardMap) {
    if (this.maps.has(map.table) || this.history.has(historyKey(map.table, map.epoch))) return false;
    this.maps.set(map.table, map);
    await this.keepHistory(map);
    return true;
  }
  public async replace(map: ShardMap) {
    if (this.maps.get(map.table)?.epoch !== map.epoch - 1) return false;
    this.maps.set(map.table, map);
    await this.keepHistory(map);
    return true;
  }
  public async keepHistory(map: ShardMap) {
    const item = historyOf(map);
    if (!this.history.has(item.table)) this.history.set(item.table, item);
  }
  public async setTargets(table: string, targets: ShardMap['targets'] = {}) {
    const map = this.maps.get(table);
    if (map === undefined) throw new Error('ConditionalCheckFailedException');
    this.maps.set(table, { ...map, targets });
    this.writes.push(`targets ${Object.keys(targets)}`);
  }
  public async remove(table: string, shards: readonly string[]) {
    if (String(this.maps.get(table)?.shards) !== String(shards)) return;
    this.maps.delete(table);
    for (const [key, { owner }] of this.history) if (owner === table) this.history.delete(key);
  }
  public async putEntry(entry: StreamEntry) {
    this.entries.set(entry.table, entry);
    this.writes.push(`entry ${Object.keys(entry.targets)}`);
  }
  public async removeEntry(key: string) {
    this.entries.delete(key);
  }
}

const PROPERTIES = {
  Table: 'Orders',
  Shards: ['t0', 't1'],
  PartitionKey: 'customerId',
  SortKey: 'orderId',
};
const target = (Name: string, Fifo = 'false') => ({ Name, Url: `https://${Name}`, Fifo });
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
      format: 1,
      epoch: 1,
      readEpoch: 1,
      shards: ['t0', 't1'],
      slots: initialSlots(2),
      leaseMs: 30_000,
      waitMs: 990_000,
      partitionKey: 'customerId',
      sortKey: 'orderId',
      targets: {},
    });
    expect(new Set(openShardMap(map).owners)).toEqual(new Set([0, 1]));
  });

  test('a creation that is delivered twice succeeds twice', async () => {
    const { resource } = await deployed();
    await expect(resource.create(PROPERTIES)).resolves.toEqual({ physicalResourceId: ID });
  });

  test('a creation fails if a map of retained data exists, and doesn’t change it', async () => {
    const { store, resource } = await deployed();
    await expect(resource.create({ ...PROPERTIES, Shards: ['u0', 'u1'] })).rejects.toThrow(
      /already has a map for table 'Orders'.*shard 0 would become u0, but its data is in t0/,
    );
    expect(store.maps.get('Orders')!.shards).toEqual(['t0', 't1']);
    expect([...store.entries.keys()]).toEqual(['t0', 't1'].map(streamKey));
  });

  test('an update without changes keeps a map with moved slots', async () => {
    const { store, resource } = await deployed();
    const moved = { ...store.maps.get('Orders')!, epoch: 9, slots: '16383x0,1x1' };
    store.maps.set('Orders', moved);
    await resource.update(PROPERTIES, PROPERTIES, ID);
    expect(store.maps.get('Orders')).toEqual(moved);
  });

  test.each([
    ['more shards', { Shards: ['t0', 't1', 't2'] }, /has 2 shards, but the template has 3.*Deploy with shards: 2/],
    ['fewer shards', { Shards: ['t0'] }, /has 2 shards, but the template has 1/],
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
    expect(store.maps.get('Orders')).toMatchObject({
      epoch: 2,
      readEpoch: 1,
      timeToLive: 'expires',
      slots: initialSlots(2),
    });
    await resource.update(PROPERTIES, expiring, ID);
    expect(store.maps.get('Orders')).toMatchObject({ epoch: 3 });
    expect(store.maps.get('Orders')).not.toHaveProperty('timeToLive');
  });

  test('a map without a format is read as format 1, and is written with its format when it changes', async () => {
    const { store, resource } = await deployed();
    const { format: _, ...old } = store.maps.get('Orders')!;
    expect(old).toMatchObject({ leaseMs: 30_000 });
    store.maps.set('Orders', old);
    await resource.update(PROPERTIES, PROPERTIES, ID);
    expect(store.maps.get('Orders')).not.toHaveProperty('format');
    await resource.update({ ...PROPERTIES, TimeToLive: 'expires' }, PROPERTIES, ID);
    expect(store.maps.get('Orders')).toMatchObject({ format: 1, epoch: 2 });
  });

  test('the times of a map are written with a new epoch, also into a map that has none', async () => {
    const { store, resource } = await deployed();
    const { format: _, readEpoch: _r, leaseMs: _l, waitMs: _w, ...old } = store.maps.get('Orders')!;
    store.maps.set('Orders', old);
    const sandbox = { ...PROPERTIES, WaitMs: '60000' };
    await resource.update(sandbox, PROPERTIES, ID);
    expect(store.maps.get('Orders')).toMatchObject({ epoch: 2, readEpoch: 1, leaseMs: 30_000, waitMs: 60_000 });
    await resource.update(sandbox, sandbox, ID);
    expect(store.maps.get('Orders')).toMatchObject({ epoch: 2 });
    await expect(resource.create({ ...PROPERTIES, Table: 'New', WaitMs: 'soon' })).rejects.toThrow(/WaitMs must be/);
  });

  test('neither a creation nor an update changes a map of a newer format', async () => {
    const { store, resource } = await deployed();
    const newer = { ...store.maps.get('Orders')!, format: 2 };
    store.maps.set('Orders', newer);
    store.writes.length = 0;
    await expect(resource.update({ ...PROPERTIES, TimeToLive: 'x' }, PROPERTIES, ID)).rejects.toThrow(/got format 2/);
    await expect(resource.create(PROPERTIES)).rejects.toThrow(/got format 2/);
    expect(store.maps.get('Orders')).toBe(newer);
  });

  test('an update fails if the map is changed concurrently', async () => {
    const { store, resource } = await deployed();
    jest.spyOn(store, 'replace').mockResolvedValue(false);
    await expect(resource.update({ ...PROPERTIES, TimeToLive: 'expires' }, PROPERTIES, ID)).rejects.toThrow(
      /changed while it was updated; deploy again/,
    );
  });

  describe('a map that is lost', () => {
    const LOST = /'Orders', the shard map .* is lost.* Copy the item 'map#Orders#<epoch>' .* restore the map table/;

    test.each([
      ['update', (resource: ResourceHandlers) => resource.update(PROPERTIES, PROPERTIES, ID)],
      ['creation', (resource: ResourceHandlers) => resource.create(PROPERTIES)],
    ])('is not written anew by an %s, because slots may have moved', async (_, deploy) => {
      const { store, resource } = await deployed();
      await store.replace({ ...store.maps.get('Orders')!, epoch: 2, slots: '1x0,16383x1' });
      store.maps.delete('Orders');
      await expect(deploy(resource)).rejects.toThrow(LOST);
      expect(store.maps.size).toBe(0);
    });

    test('is not written anew by an update if it has no history either', async () => {
      const { store, resource } = await deployed();
      store.maps.clear();
      store.history.clear();
      await expect(resource.update(PROPERTIES, PROPERTIES, ID)).rejects.toThrow(LOST);
      expect(store.maps.size).toBe(0);
    });

    test('is complete again when its last history item is copied', async () => {
      const { store, resource } = await deployed();
      const targets = { ...PROPERTIES, Targets: [target('Mail')] };
      await store.replace({ ...store.maps.get('Orders')!, epoch: 2, slots: '1x0,16383x1' });
      await resource.update(targets, PROPERTIES, ID);
      const before = store.maps.get('Orders')!;
      store.maps.delete('Orders');
      const last = store.history.get('map#Orders#2')!;
      store.maps.set('Orders', { ...last, table: last.owner });
      await resource.update(targets, PROPERTIES, ID);
      expect(store.maps.get('Orders')).toMatchObject(before);
    });
  });

  test('each epoch is kept, also that of a map without a history', async () => {
    const { store, resource } = await deployed();
    expect([...store.history.keys()]).toEqual(['map#Orders#1']);
    store.history.clear();
    await resource.update({ ...PROPERTIES, TimeToLive: 'expires' }, PROPERTIES, ID);
    expect([...store.history.values()]).toMatchObject([
      { table: 'map#Orders#1', owner: 'Orders', epoch: 1, slots: initialSlots(2) },
      { table: 'map#Orders#2', owner: 'Orders', epoch: 2, timeToLive: 'expires' },
    ]);
  });

  test('a creation that was rolled back can be repeated, although CloudFormation gives the tables new names (C1)', async () => {
    const store = new MemoryStore();
    const resource = shardMapResource(store);
    const first = { ...PROPERTIES, Targets: [target('Mail')] };
    await resource.create(first);
    await resource.remove(first, ID);
    expect([store.maps.size, store.entries.size, store.history.size]).toEqual([0, 0, 0]);
    await expect(resource.create({ ...first, Shards: ['u0', 'u1'] })).resolves.toEqual({ physicalResourceId: ID });
    expect(store.maps.get('Orders')?.shards).toEqual(['u0', 'u1']);
  });

  test('a deletion after a failed creation keeps a map of other shards, which belongs to retained data', async () => {
    const { store, resource } = await deployed();
    const failed = { ...PROPERTIES, Shards: ['u0', 'u1'] };
    await expect(resource.create(failed)).rejects.toThrow(/already has a map/);
    await resource.remove(failed, ID);
    expect(store.maps.get('Orders')?.shards).toEqual(['t0', 't1']);
    expect([...store.entries.keys()]).toEqual([streamKey('t0'), streamKey('t1')]);
  });

  test('a deletion removes the shards’ targets', async () => {
    const { store, resource } = await deployed();
    await resource.remove(PROPERTIES, ID);
    expect([store.maps.size, store.entries.size]).toEqual([0, 0]);
  });

  test('the map has the targets and their kind for functions, and entries with queues for the relay', async () => {
    const store = new MemoryStore();
    await shardMapResource(store).create({ ...PROPERTIES, Targets: [target('Mail', 'true'), target('Payments')] });
    expect(store.maps.get('Orders')?.targets).toEqual({ Mail: { fifo: true }, Payments: { fifo: false } });
    const targets = {
      Mail: { url: 'https://Mail', fifo: true },
      Payments: { url: 'https://Payments', fifo: false },
    };
    expect([...store.entries.values()]).toEqual([
      { table: 'stream#t0', owner: 'Orders', targets },
      { table: 'stream#t1', owner: 'Orders', targets },
    ]);
  });

  test('a new target is written for the relay before functions see it, and a removed one is deleted after', async () => {
    const store = new MemoryStore();
    const resource = shardMapResource(store);
    const before = { ...PROPERTIES, Shards: ['t0'], Targets: [target('Mail')] };
    await resource.create(before);
    store.writes.length = 0;
    await resource.update({ ...before, Targets: [target('Payments')] }, before, ID);
    expect(store.writes).toEqual(['entry Mail,Payments', 'targets Payments', 'entry Payments']);
  });

  test('a change of targets keeps the epoch, so cursors stay valid', async () => {
    const { store, resource } = await deployed();
    await resource.update({ ...PROPERTIES, Targets: [target('Mail')] }, PROPERTIES, ID);
    expect(store.maps.get('Orders')).toMatchObject({ epoch: 1, targets: { Mail: { fifo: false } } });
  });

  test.each([
    ['Mail', /Targets must be a list/],
    [[{ Name: 'Mail', Fifo: 'true' }], /property Url must be a non-empty string/],
  ])('fails when Targets is %j', async (Targets, message) => {
    await expect(shardMapResource(new MemoryStore()).create({ ...PROPERTIES, Targets })).rejects.toThrow(message);
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

describe('a table whose relay is in another stack', () => {
  test('names the relay in its map, and writes no entry of the target', async () => {
    const store = new MemoryStore();
    const Targets = [target('Ledger'), { Name: 'Mail', Fifo: 'true', Relay: 'Work' }];
    await shardMapResource(store).create({ ...PROPERTIES, Targets });
    expect(store.maps.get('Orders')?.targets).toEqual({ Ledger: { fifo: false }, Mail: { fifo: true, relay: 'Work' } });
    expect(Object.keys(store.entries.get(streamKey('t0'))!.targets)).toEqual(['Ledger']);
  });

  test('in a nested stack it leaves all entries to the relay’s stack, on each turn', async () => {
    const store = new MemoryStore();
    const resource = shardMapResource(store);
    const nested = { ...PROPERTIES, Entries: 'elsewhere', Targets: [{ Name: 'Mail', Fifo: 'false' }] };
    const entry = { table: streamKey('t0'), owner: 'Orders', targets: {} };
    await store.putEntry(entry);
    await resource.create(nested);
    await resource.update({ ...nested, Targets: [] }, nested, ID);
    await resource.remove(nested, ID);
    expect([...store.entries.values()]).toEqual([entry]);
    expect(store.maps.size).toBe(0);
  });

  const ENTRIES = {
    Entries: 'only',
    Table: 'Orders',
    Shards: ['t0', 't1'],
    Relay: 'Work',
    MapTable: 'data-maps',
    LeavesUnknown: 'true',
    Targets: [target('Mail')],
  };

  test('has entries there, which name its map and the relay for unknown targets', async () => {
    const store = new MemoryStore();
    await streamEntriesResource(store).create(ENTRIES);
    expect([...store.entries.values()]).toEqual(
      ['t0', 't1'].map((shard) => ({
        table: streamKey(shard),
        owner: 'Orders',
        relay: 'Work',
        mapTable: 'data-maps',
        leavesUnknown: true,
        targets: { Mail: { url: 'https://Mail', fifo: false } },
      })),
    );
  });

  test('loses the entry of a removed shard, and all entries of a removed target', async () => {
    const store = new MemoryStore();
    const resource = streamEntriesResource(store);
    const created = await resource.create(ENTRIES);
    const fewer = { ...ENTRIES, Shards: ['t0'], LeavesUnknown: 'false' };
    expect(await resource.update(fewer, ENTRIES, created!.physicalResourceId!)).toEqual(created);
    expect([...store.entries.values()]).toEqual([expect.not.objectContaining({ leavesUnknown: true })]);
    await resource.remove(fewer, created!.physicalResourceId!);
    expect(store.entries.size).toBe(0);
  });

  test('a table that replaces another is another resource, whose predecessor CloudFormation removes', async () => {
    const store = new MemoryStore();
    const resource = streamEntriesResource(store);
    const created = await resource.create(ENTRIES);
    const updated = await resource.update({ ...ENTRIES, Shards: ['n0'] }, ENTRIES, created!.physicalResourceId!);
    expect(updated!.physicalResourceId).not.toBe(created!.physicalResourceId);
    await resource.remove(ENTRIES, created!.physicalResourceId!);
    expect([...store.entries.keys()]).toEqual([streamKey('n0')]);
  });

  test.each([[undefined], [[]], [[1]]])('fails when Shards is %j', async (Shards) => {
    await expect(streamEntriesResource(new MemoryStore()).create({ ...ENTRIES, Shards })).rejects.toThrow(
      /Shards must list/,
    );
  });
});

describe('DynamoDbMapStore', () => {
  const client = new DynamoDBClient({ region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  const store = new DynamoDbMapStore(client, 'maps');
  const map: ShardMap = { table: 'Orders', epoch: 4, shards: ['t0'], slots: '16384x0', partitionKey: 'id' };
  let sent: Record<string, unknown>[];
  let answer: unknown;

  /** The items that the last transaction puts. */
  const written = () => (sent.at(-1)!['TransactItems'] as { Put: Record<string, unknown> }[]).map(({ Put }) => Put);

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
    answer = { Item: written()[0]!['Item'] };
    await expect(store.find('Orders')).resolves.toEqual(map);
    expect(sent[1]).toMatchObject({ TableName: 'maps', Key: { table: { S: 'Orders' } }, ConsistentRead: true });
  });

  test('creates only a new item, and replaces only the previous epoch', async () => {
    await store.create(map);
    expect(written()[0]).toMatchObject({ ConditionExpression: 'attribute_not_exists(#key)' });
    expect(written()[0]).toMatchObject({ ExpressionAttributeNames: { '#key': 'table' } });
    await store.replace(map);
    expect(written()[0]).toMatchObject({
      ConditionExpression: '#epoch = :before',
      ExpressionAttributeValues: { ':before': { N: '3' } },
    });
  });

  test.each(['create', 'replace'] as const)(
    '%s keeps the map for its history in the same transaction',
    async (write) => {
      await store[write]({ ...map, targets: {} });
      const history = { table: 'map#Orders#4', owner: 'Orders', epoch: 4, shards: ['t0'], slots: '16384x0' };
      expect(written()[1]).toEqual({
        TableName: 'maps',
        Item: marshall({ ...history, partitionKey: 'id' }),
        ConditionExpression: 'attribute_not_exists(#key)',
        ExpressionAttributeNames: { '#key': 'table' },
      });
    },
  );

  test('keeps a map that has no history, and leaves an existing item', async () => {
    await store.keepHistory(map);
    expect(sent[0]).toMatchObject({
      Item: { table: { S: 'map#Orders#4' } },
      ConditionExpression: 'attribute_not_exists(#key)',
    });
    answer = new ConditionalCheckFailedException({ message: 'no', $metadata: {} });
    await expect(store.keepHistory(map)).resolves.toBeUndefined();
  });

  test('distinguishes a failed condition from other errors', async () => {
    const cancelled = (...codes: string[]) =>
      new TransactionCanceledException({
        message: 'no',
        $metadata: {},
        CancellationReasons: codes.map((Code) => ({ Code })),
      });
    answer = cancelled('None', 'ConditionalCheckFailed');
    await expect(store.create(map)).resolves.toBe(false);
    answer = cancelled('TransactionConflict', 'None');
    await expect(store.create(map)).rejects.toBe(answer);
    answer = new Error('throttled');
    await expect(store.create(map)).rejects.toThrow('throttled');
  });

  test('removes a map and its history only if it names the same shards', async () => {
    answer = { Item: marshall({ ...map, epoch: 2 }) };
    await store.remove('Orders', ['other']);
    expect(sent).toHaveLength(1);
    await store.remove('Orders', ['t0']);
    expect(sent.slice(2).map((input) => input['Key'])).toEqual(
      ['map#Orders#1', 'map#Orders#2', 'Orders'].map((key) => ({ table: { S: key } })),
    );
    expect(sent.at(-1)).toMatchObject({
      ConditionExpression: '#shards = :shards',
      ExpressionAttributeValues: { ':shards': { L: [{ S: 't0' }] } },
    });
    answer = {};
    await expect(store.remove('Orders', ['t0'])).resolves.toBeUndefined();
  });

  test('sets the targets of an existing map', async () => {
    await store.setTargets('Orders', { Mail: { fifo: true } });
    expect(sent[0]).toMatchObject({
      Key: { table: { S: 'Orders' } },
      ConditionExpression: 'attribute_exists(#key)',
      UpdateExpression: 'SET #targets = :targets',
      ExpressionAttributeNames: { '#key': 'table', '#targets': 'targets' },
      ExpressionAttributeValues: { ':targets': { M: { Mail: { M: { fifo: { BOOL: true } } } } } },
    });
  });
});
