import { PDFDocument } from '@cantoo/pdf-lib';
import { type OrderDraft, placeOrder } from '../../lambdas/shop/ordering';
import { asEml, invoiceMail, invoicePdf } from '../../lambdas/shop/paperwork';

const line = (i: number) => ({
  sku: `SKU${i}`,
  description: `LANTERN № ${i} ☃ WITH A VERY LONG NAME THAT NEEDS TO BE CUT SOMEWHERE, SINCE PAPER IS NARROW`,
  quantity: 2,
  unitPrice: '1.00',
});
const order = (lines: number, more: Partial<OrderDraft> = {}) =>
  placeOrder({
    customerId: '17850',
    orderId: '536592',
    kind: 'sale',
    placedAt: '2010-12-01T17:06:00',
    currency: 'GBP',
    lines: Array.from({ length: lines }, (_, i) => line(i)),
    ...more,
  });

test('the document follows from the order alone: the same bytes each time', async () => {
  expect(Buffer.compare(await invoicePdf(order(3)), await invoicePdf(order(3)))).toBe(0);
});

test('the largest invoice of the day goes over as many pages as it needs, dated as the order is', async () => {
  const document = await PDFDocument.load(await invoicePdf(order(592)), { updateMetadata: false });
  expect(document.getPageCount()).toBeGreaterThan(10);
  expect(document.getTitle()).toBe('Invoice 536592');
  expect(document.getCreationDate()?.toISOString()).toBe('2010-12-01T17:06:00.000Z');
});

test('a refund gets a credit note', async () => {
  const document = await PDFDocument.load(await invoicePdf(order(1, { kind: 'refund', orderId: 'C1' })), {
    updateMetadata: false,
  });
  expect(document.getTitle()).toBe('Credit note C1');
});

test('the mail says what was paid, to whom it is sent', () => {
  const eml = asEml(invoiceMail(order(1), 'anne@example.com'), '536592');
  expect(eml).toContain('To: anne@example.com\r\n');
  expect(eml).toContain('1 line, GBP 2.00, paid');
  expect(eml.split('\r\n\r\n')).not.toHaveLength(1);
});
