import { table } from '../../lambdas/runtime';
import { referencesOf } from '../../lambdas/shop/ordering';
import { POINT_OF_SALE, TestShop } from './test-shop';

// The partner's delays have a test of their own.
jest.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }));

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

let shop: TestShop;
beforeAll(async () => {
  shop = await TestShop.open();
}, 60_000);
afterAll(() => shop.stack.close());

/** Makes the next write of this kind fail. */
const FAULTS: Record<string, () => void> = {
  transact: () => shop.stack.table('Orders').fail('TransactWriteItems', 'ValidationException'),
  'update Ledger': () => shop.stack.table('Ledger').fail('UpdateItem', 'ValidationException'),
  'update Orders': () => shop.stack.table('Orders').fail('UpdateItem', 'ValidationException'),
  'write document': () => {
    for (const store of ['InvoiceDocuments', 'MailOutbox']) shop.stack.documents(store).fail('put', 'AccessDenied');
  },
};
const deliver = async (name: 'Payments' | 'Invoices' | 'Mail') =>
  (await shop.worker(name).deliver({ body: REFERENCE })).map(({ outcome }) => outcome);
/** Delivers the messages again that wait. */
const redeliver = async (name: 'Mail') => (await shop.worker(name).deliver()).map(({ outcome }) => outcome);
const itemsIn = (name: string) => shop.itemsIn(name);

const REFERENCE = { customerId: 'customer#17850', orderId: '1' };
const SALE = {
  orderId: '1',
  customerId: '17850',
  placedAt: '2010-12-01T08:26:00',
  country: 'Norway',
  email: 'anne@example.com',
  lines: [{ sku: '85123A', description: 'HEART', quantity: 6, unitPrice: '2.55' }],
};

/** SES's answer that it didn't do the call. */
const refusal = (message: string, name: string) => Object.assign(new Error(message), { name, $fault: 'client' });

const order = () => itemsIn('Orders').find((item) => item['item'] === 'order');
const setStatus = (status: string) => table('Orders').update(REFERENCE, { set: { status } });

beforeEach(async () => {
  shop.stack.reset();
  mails.length = 0;
  sesError = undefined;
  delete process.env['MAIL_SENDER'];
  await shop.call('Checkout', 'POST /sales', { caller: POINT_OF_SALE, body: SALE });
});
afterAll(() => {
  delete process.env['MAIL_SENDER'];
});

describe('a write that fails is never taken for done', () => {
  test.each([
    ['Payments', 'placed', 'transact'],
    ['Payments', 'placed', 'update Ledger'],
    ['Invoices', 'paid', 'write document'],
    ['Invoices', 'paid', 'update Orders'],
    ['Mail', 'invoiced', 'write document'],
    ['Mail', 'invoiced', 'update Orders'],
  ] as const)('%s of an order that is %s fails when it fails to %s', async (name, status, write) => {
    await setStatus(status);
    FAULTS[write]!();
    expect(await deliver(name)).toEqual(['failed']);
    expect(order()).toMatchObject({ status });
    shop.stack.documents('InvoiceDocuments').clear();
    shop.stack.documents('MailOutbox').clear();
    await shop.deliverAll();
    expect(order()).toMatchObject({ status: 'complete' });
    expect(itemsIn('Ledger').map((item) => item['charges'])).toEqual(name === 'Payments' ? [1] : []);
  });
});

test('a partner that charged another amount fails the order for good, where a person sees it', async () => {
  shop.stack.table('Ledger').put({ chargeKey: '1', amount: '999.00', reference: 'PP-1', charges: 1, attempts: 1 });
  expect(await deliver('Payments')).toEqual(['refused']);
  // The message of the sale itself is still there.
  expect([order()!['status'], shop.stack.outbox().map(({ to }) => to)]).toEqual(['failed', ['Payments']]);
  expect(itemsIn('Orders').filter((item) => item['item'] === 'payment')).toEqual([]);
});

describe('records that a worker wrote before it failed are found from the customer', () => {
  test.each([
    ['Payments', 'placed', 'transact', { table: 'Ledger', key: { chargeKey: '1' } }],
    ['Invoices', 'paid', 'update Orders', { documents: 'InvoiceDocuments', key: 'invoices/1.pdf' }],
    ['Mail', 'invoiced', 'update Orders', { documents: 'MailOutbox', key: 'mail/1.eml' }],
  ] as const)('%s of an order that is %s, before it could %s', async (name, status, write, reference) => {
    await setStatus(status);
    FAULTS[write]!();
    expect(await deliver(name)).toEqual(['failed']);
    const stored = [...itemsIn('Ledger').map((item) => item['chargeKey']), ...shop.documents()];
    expect(stored).toEqual([name === 'Payments' ? '1' : expect.stringContaining('/1.')]);
    const { items } = await table('Orders').query({ customerId: REFERENCE.customerId });
    expect(referencesOf(items)).toContainEqual(reference);
  });
});

test('a mail message delivered again for a complete order writes and sends nothing', async () => {
  await shop.deliverAll();
  expect(order()).toMatchObject({ status: 'complete', mail: { outcome: 'sent', key: 'mail/1.eml' } });
  shop.stack.documents('InvoiceDocuments').clear();
  shop.stack.documents('MailOutbox').clear();
  process.env['MAIL_SENDER'] = 'shop@example.com';
  expect(await deliver('Mail')).toEqual(['done']);
  expect({ documents: shop.documents(), mails }).toEqual({ documents: [], mails: [] });
});

describe('with a sender', () => {
  beforeEach(async () => {
    process.env['MAIL_SENDER'] = 'shop@example.com';
    await setStatus('invoiced');
  });

  test('SES sends the mail', async () => {
    expect(await deliver('Mail')).toEqual(['done']);
    expect({ mails, mail: order()!['mail'] }).toEqual({ mails: ['anne@example.com'], mail: { outcome: 'sent' } });
  });

  test.each(['MessageRejected', 'BadRequestException'])('%s is the outcome of a complete order', async (name) => {
    sesError = refusal('Local address contains control or whitespace', name);
    expect(await deliver('Mail')).toEqual(['done']);
    expect(order()).toMatchObject({ status: 'complete', mail: { outcome: 'refused' } });
  });

  test('an unverified sender is no refusal of the customer: the message is delivered again', async () => {
    // SES answers so for every mail of an account in its sandbox, too.
    const message = 'Email address is not verified. The following identities failed the check in region US-EAST-1';
    sesError = refusal(message, 'MessageRejected');
    expect(await deliver('Mail')).toEqual(['failed']);
    expect(order()).toMatchObject({ status: 'invoiced' });
  });

  test.each([
    ['TooManyRequestsException', refusal('not now', 'TooManyRequestsException')],
    ['AccountSuspendedException', refusal('not now', 'AccountSuspendedException')],
    ['a connection that was refused', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })],
  ])('after %s the message is delivered again, and the mail is sent', async (_, error) => {
    sesError = error;
    expect(await deliver('Mail')).toEqual(['failed']);
    expect(order()).toMatchObject({ status: 'invoiced' });
    sesError = undefined;
    expect(await redeliver('Mail')).toEqual(['done']);
    expect(mails).toEqual(['anne@example.com']);
  });

  test.each([
    ['without an answer', Object.assign(new Error('no answer'), { name: 'TimeoutError' })],
    ['after an error of SES itself', Object.assign(new Error('oops'), { name: 'InternalFailure', $fault: 'server' })],
  ])('%s the mail may be sent: a person decides, and it is not sent again', async (_, error) => {
    sesError = error;
    expect(await deliver('Mail')).toEqual(['refused']);
    const [held] = shop.worker('Mail').held;
    expect(held).toMatchObject({ reason: 'half-way', body: REFERENCE });
    expect(held!.error).toContain("a person must decide about the step 'mail' of 'Orders'");
    sesError = undefined;
    await deliver('Mail');
    expect([order()!['status'], mails]).toEqual(['invoiced', []]);
  });
});
