import { beginOutage } from '../../../shop/replay/partner-outage';
import type { RunningShop } from '../../../shop/running-shop';

const RESOURCES = [
  { logicalId: 'ShopPaymentsFunction0A1B2C3D', physicalId: 'payments', type: 'AWS::Lambda::Function' },
  { logicalId: 'ShopPaymentsFunctionRole0A1B2C3D', physicalId: 'payments-role', type: 'AWS::IAM::Role' },
  { logicalId: 'ShopLedgerShard00A1B2C3D', physicalId: 'ledger', type: 'AWS::DynamoDB::Table' },
  { logicalId: 'ShopOrdersShard00A1B2C3D', physicalId: 'orders', type: 'AWS::DynamoDB::Table' },
];

function shopWith(resources: typeof RESOURCES) {
  const calls: string[] = [];
  const api = {
    rest: async (_service: string, method: string, where: string, body?: string) => {
      calls.push(`${method} ${where.replace('/2015-03-31/functions/', '')} ${body ?? ''}`.trim());
      return { json: async () => ({ Environment: { Variables: { OTHER: '1' } }, Version: '2' }) };
    },
    query: async (_service: string, _version: string, action: string, input: Record<string, string>) => {
      calls.push(`${action} ${input['RoleName']} ${input['PolicyDocument'] ?? ''}`.trim());
    },
  };
  const shop = { api: () => api, region: 'us-east-1', resources } as unknown as RunningShop;
  return { calls, shop };
}

test('the worker may not use the ledger during the outage, and gives up after twice its time', async () => {
  const { calls, shop } = shopWith(RESOURCES);
  await (await beginOutage(shop, 90, async (ms) => void calls.push(`sleep ${ms}`))).ended;
  const Statement = [{ Effect: 'Deny', Action: 'dynamodb:*', Resource: 'arn:aws:dynamodb:*:*:table/ledger' }];
  expect(calls).toEqual([
    'GET payments/configuration',
    'PUT payments/configuration {"Environment":{"Variables":{"OTHER":"1","BREAKWATER_GIVE_UP_AFTER":"180"}}}',
    'POST payments/versions {}',
    'PUT payments/aliases/live {"FunctionVersion":"2"}',
    `PutRolePolicy payments-role ${JSON.stringify({ Version: '2012-10-17', Statement })}`,
    'sleep 90000',
    'DeleteRolePolicy payments-role',
  ]);
});

test('the outage ends even if the wait fails', async () => {
  const { calls, shop } = shopWith(RESOURCES);
  const { ended } = await beginOutage(shop, 90, () => Promise.reject(new Error('the run ends')));
  await expect(ended).rejects.toThrow('the run ends');
  expect(calls.at(-1)).toBe('DeleteRolePolicy payments-role');
});

test('a shop without a payments worker is refused', async () => {
  const { calls, shop } = shopWith(RESOURCES.slice(1));
  await expect(beginOutage(shop, 90, async () => undefined)).rejects.toThrow('must have a payments worker');
  expect(calls).toEqual([]);
});
