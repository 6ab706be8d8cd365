import { quarantineStock } from '../../local/page/stock';
import { readQuarantine } from '../../local/quarantine';
import type { CloudApi, JsonObject } from '../../testing';

const resource = (logicalId: string, physicalId: string) => ({ logicalId, physicalId, type: 'AWS::DynamoDB::Table' });
const entry = (pk: string, first: string) => ({ pk: { S: pk }, first: { S: first } });
const NOW = Date.parse('2026-11-30T10:01:00Z');

async function rows() {
  const scanned: JsonObject[] = [];
  const json = async (_service: string, _target: string, input: JsonObject) => {
    scanned.push(input);
    return {
      Items: [
        entry('waiting#Mail', '2026-11-30T10:00:00.000Z'),
        entry('waiting#Mail', '2026-11-30T10:00:30.000Z'),
        entry('held#Mail', '2026-11-30T10:00:50.000Z'),
        entry('held#Labels', '2026-11-30T10:00:50.000Z'),
        // The list of targets, and the claim of a step.
        { pk: { S: 'waiting#' }, sk: { S: 'Mail' } },
        { pk: { S: 'once#Mail#invoice' } },
      ],
    };
  };
  const resources = [
    resource('BreakwaterQuarantineTableA4187324', 'quarantine'),
    resource('ShopOrdersShard039A711F3', 'orders'),
  ];
  const read = await readQuarantine({ json } as unknown as CloudApi, resources, NOW);
  expect(scanned.map(({ TableName }) => TableName)).toEqual(['quarantine']);
  return read;
}

test('the page shows a row of waiting messages and one of held messages for each target', async () => {
  expect(quarantineStock(await rows())).toEqual([
    { name: 'Quarantine/Labels/held', waiting: 1, inFlight: 0, oldestSeconds: 10, isDeadLetters: true },
    { name: 'Quarantine/Mail/held', waiting: 1, inFlight: 0, oldestSeconds: 10, isDeadLetters: true },
    { name: 'Quarantine/Mail/waiting', waiting: 2, inFlight: 0, oldestSeconds: 60, isDeadLetters: false },
  ]);
});

test('a stack without a quarantine has nothing to read', async () => {
  expect(await readQuarantine({} as CloudApi, [resource('ShopOrdersShard039A711F3', 'orders')], NOW)).toEqual([]);
});
