import { queueStock, readItems, tableStock } from '../../../local/page/stock';
import type { CloudApi, JsonObject } from '../../../testing';

const queue = (name: string) => ({
  logicalId: name,
  physicalId: `https://queues/${name}`,
  type: 'AWS::SQS::Queue',
  path: `Shop/${name}/Resource`,
});
const message = (sent: number, visible = true) => ({ SentTimestamp: sent, VisibleAt: sent, IsVisible: visible });

test('queues show what waits and for how long; those with dead letters come last', () => {
  const shown = queueStock(
    [
      { url: 'https://queues/Queue', messages: [message(40), message(90, false), message(60)] },
      { url: 'https://queues/DeadLetters', messages: [message(95)] },
      { url: 'https://queues/of-another-app', messages: [message(1)] },
    ],
    [queue('DeadLetters'), queue('Queue'), queue('Idle')],
    100_000,
  );
  expect(shown).toEqual([
    { name: 'Shop/Idle', waiting: 0, inFlight: 0, isDeadLetters: false },
    { name: 'Shop/Queue', waiting: 2, inFlight: 1, oldestSeconds: 60, isDeadLetters: false },
    { name: 'Shop/DeadLetters', waiting: 1, inFlight: 0, oldestSeconds: 5, isDeadLetters: true },
  ]);
});

/** A cloud that answers every call with the same, and remembers the calls. */
function cloud(answer: JsonObject) {
  const calls: JsonObject[] = [];
  const json = async (_service: string, _target: string, input: JsonObject) => {
    calls.push(input);
    return answer;
  };
  return { api: { json } as unknown as CloudApi, calls };
}

test('shards are shown under their table, in the order of their numbers', async () => {
  const { api } = cloud({ Count: 3, LastEvaluatedKey: { pk: { S: 'a' } } });
  const table = (id: string) => ({
    logicalId: id,
    physicalId: `table-${id}`,
    type: 'AWS::DynamoDB::Table',
    path: `Shop/${id}/Resource`,
  });
  const resources = [table('Orders/Shard10'), table('Orders/Shard2'), table('Maps'), queue('Queue')];
  const shown = await tableStock([{ api, resources }]);
  expect(shown.map(({ name, shards }) => [name, shards.map((shard) => shard.name)])).toEqual([
    ['Shop/Maps', ['Maps']],
    ['Shop/Orders', ['Shard2', 'Shard10']],
  ]);
  expect(shown[1]!.shards[0]).toEqual({ name: 'Shard2', tableName: 'table-Orders/Shard2', items: 3, isMore: true });
});

test('items show names and types, and their values only if asked', async () => {
  const { api } = cloud({ Items: [{ pk: { S: 'anne@example.com' }, n: { N: '7' } }] });
  expect(await readItems(api, 't', 20, false)).toEqual([{ pk: { type: 'S' }, n: { type: 'N' } }]);
  expect(await readItems(api, 't', 20, true)).toEqual([
    { pk: { type: 'S', value: 'anne@example.com' }, n: { type: 'N', value: '7' } },
  ]);
});
