import type { CloudApi, JsonObject } from '../../testing';
import type { RunningShop } from '../running-shop';

const IAM = '2010-05-08';
const POLICY = 'partner-outage';
const PAYMENTS = /^ShopPaymentsFunction[0-9A-F]{8}$/;
const PAYMENTS_ROLE = /^ShopPaymentsFunctionRole[0-9A-F]{8}$/;
const LEDGER = /^ShopLedgerShard\d+[0-9A-F]{8}$/;
const GIVE_UP_AFTER = 'BREAKWATER_GIVE_UP_AFTER';
/**
 * Share of an outage in the time after which the worker gives a message up: 3 hours in the default
 * of 6.
 */
const OUTAGE_SHARE = 0.5;

/**
 * Makes the payment partner unreachable for some seconds: the payments worker may not use the
 * partner's ledger. An emulator can't pass hours, so the worker's `giveUpAfter` is shortened to
 * twice the outage.
 * @returns the outage, which has begun, and ends after `sleep`
 */
export async function beginOutage(
  shop: Pick<RunningShop, 'api' | 'region' | 'resources'>,
  seconds: number,
  sleep: (ms: number) => Promise<unknown>,
): Promise<{ readonly ended: Promise<void> }> {
  const api = shop.api(shop.region);
  const find = (type: string, logicalId: RegExp) =>
    shop.resources.filter((one) => one.type === type && logicalId.test(one.logicalId)).map((one) => one.physicalId);
  const [worker] = find('AWS::Lambda::Function', PAYMENTS);
  const [role] = find('AWS::IAM::Role', PAYMENTS_ROLE);
  const ledger = find('AWS::DynamoDB::Table', LEDGER);
  if (worker === undefined || role === undefined || ledger.length === 0) {
    throw new Error('the shop must have a payments worker and a ledger, got none');
  }
  // A new version ends the function's processes, so it is published before any message is sent.
  await giveUpAfter(api, worker, Math.ceil(seconds / OUTAGE_SHARE));
  const Statement = ledger.map((name) => ({
    Effect: 'Deny',
    Action: 'dynamodb:*',
    Resource: `arn:aws:dynamodb:*:*:table/${name}`,
  }));
  const policy = { RoleName: role, PolicyName: POLICY };
  await api.query('iam', IAM, 'PutRolePolicy', {
    ...policy,
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
  });
  const end = async () => {
    await api.query('iam', IAM, 'DeleteRolePolicy', policy);
  };
  return {
    ended: sleep(seconds * 1_000)
      .finally(end)
      .then(() => undefined),
  };
}

/** Publishes a version of a worker with another `giveUpAfter`, in seconds. */
async function giveUpAfter(api: CloudApi, worker: string, seconds: number): Promise<void> {
  const path = `/2015-03-31/functions/${worker}`;
  const call = async (method: string, where: string, input?: JsonObject) =>
    (await (await api.rest('lambda', method, `${path}${where}`, input && JSON.stringify(input))).json()) as JsonObject;
  const { Environment } = await call('GET', '/configuration');
  const Variables = { ...((Environment as JsonObject)['Variables'] as JsonObject), [GIVE_UP_AFTER]: String(seconds) };
  await call('PUT', '/configuration', { Environment: { Variables } });
  const { Version } = await call('POST', '/versions', {});
  await call('PUT', '/aliases/live', { FunctionVersion: Version! });
}
