/** The steps of an order, and their names. */
export const STEPS = [
  ['placed', 'Placed'],
  ['paid', 'Paid'],
  ['invoiced', 'Invoice ready'],
  ['complete', 'Done'],
];

/** Text for each step of an order. */
const NEXT = {
  placed: 'We are waiting for the payment to be confirmed.',
  paid: 'It is paid. We are making the invoice.',
  invoiced: 'The invoice is ready. We are sending you a mail.',
};

const MAIL = {
  sent: 'It is done. A mail about the invoice is on its way to you.',
  'no address': 'It is done. There is no confirmed address to mail to: the invoice is here.',
  refused: 'It is done. The mail to you was refused: the invoice is here.',
};

export const label = (order) => {
  if (order.status === 'failed') return 'Failed';
  if (order.kind === 'refund' && order.status === 'paid') return 'Paid back';
  return Object.fromEntries(STEPS)[order.status];
};

/** Describes the progress of an order in a sentence. */
export const progress = (order) =>
  order.status === 'complete' ? (MAIL[order.mail] ?? 'It is done.') : NEXT[order.status];

export function when(placedAt) {
  const time = new Date(placedAt);
  return Number.isNaN(time.getTime())
    ? placedAt
    : time.toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'short' });
}
