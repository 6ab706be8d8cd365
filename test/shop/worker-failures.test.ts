import { PermanentFailure } from '../../lambdas/runtime';
import { referencesOf } from '../../lambdas/shop/ordering';
import { call, deliverAll, POINT_OF_SALE, type Routes, type Work } from './harness';
import { itemsIn, reset, sent, storedDocuments, table, traffic } from './memory-runtime';

// The partner's delays have a test of their own.
jest.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }));

jest.mock('../../lambdas/runtime', () => ({
  ...jest.requireActual('../../lambdas/runtime'),
  ...jest.requireActual('./memory-runtime'),
  routes: (table: unknown) => table,
  worker: (handle: never, options: never) => jest.requireActual('./harness').checkedWork(handle, options),
}));

const mails: string[] = [];
let sesError: Error | undefined;
jest.mock('../../lambdas/shop/paperwork/ses-sdk', () => ({
  SendEmailCommand: class {
    constructor(readonly input: { readonly Destination: { readonly ToAddresses: string[] } }) {}
  },
  SESv2Client: class {
    async send({ input }: { input: { readonly Destination: { readonly ToAddresses: string[] } } }) {
      if (sesError) throw sesError;
      mails.push(...input.Destination.ToAddresses);
    }
  },
}));

const load = <T>(name: string): T => (jest.requireActual(`../../lambdas/shop/${name}`) as { handler: T }).handler;
const checkout = load<Routes>('checkout');
const workers = { Payments: load<Work>('payments'), Invoices: load<Work>('invoices'), Mail: load<Work>('mail') };

const REFERENCE = { customerId: 'customer#17850', orderId: '1' };
const SALE = {
  orderId: '1',
  customerId: '17850',
  placedAt: '2010-12-01T08:26:00',
  country: 'Norway',
  email: 'anne@example.com',
  lines: [{ sku: '85123A', description: 'HEART', quantity: 6, unitPrice: '2.55' }],
};

const order = () => itemsIn('Orders').find((item) => item['item'] === 'order');
const setStatus = (status: string) => table('Orders').update(REFERENCE, { set: { status } });

beforeEach(async () => {
  reset();
  storedDocuments.clear();
  mails.length = 0;
  sesError = undefined;
  delete process.env['MAIL_SENDER'];
  await call(checkout, 'POST /sales', { caller: POINT_OF_SALE, body: SALE });
});

describe('a write that fails is never taken for done', () => {
  test.each([
    ['Payments', 'placed', 'transact'],
    ['Payments', 'placed', 'update Ledger'],
    ['Invoices', 'paid', 'write document'],
    ['Invoices', 'paid', 'update Orders'],
    ['Mail', 'invoiced', 'write document'],
    ['Mail', 'invoiced', 'update Orders'],
  ] as const)('%s of an order that is %s throws when it fails to %s', async (name, status, write) => {
    await setStatus(status);
    const failure = Object.assign(new Error('throttled'), { name: 'ThrottlingException' });
    traffic.turn = async (what) => {
      if (what === write) throw failure;
    };
    await expect(workers[name]({ body: REFERENCE })).rejects.toBe(failure);
    expect(order()).toMatchObject({ status });
    traffic.turn = async () => undefined;
    await workers[name]({ body: REFERENCE });
    await deliverAll(workers);
    expect(order()).toMatchObject({ status: 'complete' });
    expect(itemsIn('Ledger').map((item) => item['charges'])).toEqual(name === 'Payments' ? [1] : []);
  });
});

test('a partner that charged another amount fails the order for good, where a person sees it', async () => {
  await table('Ledger').put({ chargeKey: '1', amount: '999.00', reference: 'PP-1', charges: 1, attempts: 1 });
  sent.length = 0;
  await expect(workers.Payments({ body: REFERENCE })).rejects.toThrow(PermanentFailure);
  expect({ status: order()!['status'], sent }).toEqual({ status: 'failed', sent: [] });
  expect(itemsIn('Orders').filter((item) => item['item'] === 'payment')).toEqual([]);
});

describe('records that a worker wrote before it failed are found from the customer', () => {
  test.each([
    ['Payments', 'placed', 'transact', { table: 'Ledger', key: { chargeKey: '1' } }],
    ['Invoices', 'paid', 'update Orders', { documents: 'InvoiceDocuments', key: 'invoices/1.pdf' }],
    ['Mail', 'invoiced', 'update Orders', { documents: 'MailOutbox', key: 'mail/1.eml' }],
  ] as const)('%s of an order that is %s, before it could %s', async (name, status, write, reference) => {
    await setStatus(status);
    traffic.turn = async (what) => {
      if (what === write) throw new Error('the worker died');
    };
    await expect(workers[name]({ body: REFERENCE })).rejects.toThrow('the worker died');
    const stored = [...itemsIn('Ledger').map((item) => item['chargeKey']), ...storedDocuments.keys()];
    expect(stored).toEqual([name === 'Payments' ? '1' : expect.stringContaining('/1.')]);
    const { items } = await table('Orders').query({ customerId: REFERENCE.customerId });
    expect(referencesOf(items)).toContainEqual(reference);
  });
});

test('a mail message delivered again for a complete order writes and sends nothing', async () => {
  await deliverAll(workers);
  expect(order()).toMatchObject({ status: 'complete', mail: { outcome: 'sent', key: 'mail/1.eml' } });
  storedDocuments.clear();
  process.env['MAIL_SENDER'] = 'shop@example.com';
  await workers.Mail({ body: REFERENCE });
  expect({ documents: [...storedDocuments.keys()], mails }).toEqual({ documents: [], mails: [] });
});

describe('with a sender', () => {
  beforeEach(async () => {
    process.env['MAIL_SENDER'] = 'shop@example.com';
    await setStatus('invoiced');
  });

  test('SES sends the mail', async () => {
    await workers.Mail({ body: REFERENCE });
    expect({ mails, mail: order()!['mail'] }).toEqual({ mails: ['anne@example.com'], mail: { outcome: 'sent' } });
  });

  test.each(['MessageRejected', 'BadRequestException'])('%s is the outcome of a complete order', async (name) => {
    sesError = Object.assign(new Error('Local address contains control or whitespace'), { name });
    await workers.Mail({ body: REFERENCE });
    expect(order()).toMatchObject({ status: 'complete', mail: { outcome: 'refused' } });
  });

  test('an unverified sender is no refusal of the customer: the message is delivered again', async () => {
    // SES answers so for every mail of an account in its sandbox, too.
    const message = 'Email address is not verified. The following identities failed the check in region US-EAST-1';
    sesError = Object.assign(new Error(message), { name: 'MessageRejected' });
    await expect(workers.Mail({ body: REFERENCE })).rejects.toBe(sesError);
    expect(order()).toMatchObject({ status: 'invoiced' });
  });

  test.each(['TooManyRequestsException', 'AccountSuspendedException', 'TimeoutError'])(
    'after %s the message is delivered again',
    async (name) => {
      sesError = Object.assign(new Error('not now'), { name });
      await expect(workers.Mail({ body: REFERENCE })).rejects.toBe(sesError);
      expect(order()).toMatchObject({ status: 'invoiced' });
    },
  );
});
