import type { LocalEvent, LogEvent, RequestEvent } from '../../../local/events';
import { LiveView } from '../../../local/page/live-view';

const log = (module: string, event: string, fields: object, time = 1): LogEvent => ({
  kind: 'log',
  time,
  module,
  functionName: module,
  level: 'info',
  message: event,
  fields: { event, ...fields },
});

const request = (more: Partial<RequestEvent> = {}): RequestEvent => ({
  kind: 'request',
  time: 1,
  entrance: 'Shop/Edge',
  method: 'POST',
  path: '/checkout',
  status: 201,
  ms: 20,
  originRequestId: 'r-1',
  ...more,
});

function see(...events: LocalEvent[]) {
  const view = new LiveView();
  for (const event of events) view.take(event);
  return view.snapshot();
}

const CHECKOUT = {
  correlation_id: 'r-1',
  service: 'Checkout',
  method: 'POST',
  route: 'POST /checkout',
  status: 201,
  ms: 12,
};
const PAYMENT = { id: 'm-1', correlation_id: 'r-1', service: 'Payments', outcome: 'done', ms: 5, receiveCount: 1 };

describe('the chain of a message', () => {
  test('leads from the request through relay and worker, in whatever order the lines arrive', () => {
    const { chains } = see(
      log('Shop/Payments', 'message', PAYMENT, 30),
      log('Relay', 'relayed', { messages: [{ id: 'm-1', to: 'Payments', correlation_id: 'r-1' }] }, 20),
      log('Shop/Checkout', 'request', CHECKOUT, 10),
    );
    expect(chains).toEqual([
      {
        correlationId: 'r-1',
        steps: [
          { time: 10, kind: 'request', name: 'Checkout', outcome: 'POST /checkout 201', ok: true, ms: 12 },
          { time: 20, kind: 'relayed', name: 'Payments', outcome: 'sent', ok: true, messageId: 'm-1' },
          {
            time: 30,
            kind: 'handled',
            name: 'Payments',
            outcome: 'done',
            ok: true,
            ms: 5,
            messageId: 'm-1',
            receiveCount: 1,
          },
        ],
      },
    ]);
  });

  test('begins with the relay if the request’s line is missing; requests without messages make no chain', () => {
    const { chains } = see(
      log('Shop/Search', 'request', { ...CHECKOUT, correlation_id: 'r-2' }),
      log('Relay', 'relayed', {
        messages: [
          { id: 'm-1', to: 'Payments', correlation_id: 'r-1' },
          { id: 'm-2', to: 'Mail' },
        ],
      }),
    );
    expect(chains.map(({ correlationId, steps }) => [correlationId, steps.length])).toEqual([['r-1', 1]]);
  });

  test('shows a delivery that failed', () => {
    const { chains, modules } = see(
      log('Shop/Payments', 'message', { ...PAYMENT, outcome: 'failed', reason: 'PartnerDown', receiveCount: 2 }),
    );
    expect(chains[0]!.steps).toMatchObject([{ outcome: 'failed', ok: false, receiveCount: 2 }]);
    expect(modules).toMatchObject([{ name: 'Shop/Payments', handled: 1, failed: 1, lastError: 'PartnerDown' }]);
  });

  test('is forgotten, the oldest first', () => {
    const sent = (i: number) =>
      log('Relay', 'relayed', { messages: [{ id: `m-${i}`, to: 'Payments', correlation_id: `r-${i}` }] });
    const { chains } = see(...Array.from({ length: 150 }, (_, i) => sent(i)));
    expect(chains).toHaveLength(100);
    expect(chains[0]!.correlationId).toBe('r-50');
  });
});

test('requests have the route that their function logged', () => {
  const { requests } = see(
    request(),
    request({ originRequestId: undefined, result: 'Hit' }),
    log('C', 'request', CHECKOUT),
  );
  expect(requests.map(({ route, result }) => [route, result])).toEqual([
    ['POST /checkout', undefined],
    [undefined, 'Hit'],
  ]);
  expect(see(...Array.from({ length: 300 }, () => request())).requests).toHaveLength(200);
});

test('a function counts what it handled, and keeps its last error', () => {
  const { modules } = see(
    log('Shop/Search', 'request', { status: 200, ms: 4 }, 1),
    log('Shop/Search', 'request', { status: 503, ms: 9 }, 2),
    { ...log('Shop/Search', 'TypeError: x is undefined', {}, 3), level: 'error', fields: undefined },
    log('Relay', 'relayed', { messages: [{ id: 'm', to: 'Mail' }], rejected: 1, undelivered: 2 }, 4),
  );
  expect(modules).toEqual([
    { name: 'Relay', handled: 1, failed: 3, lastMs: undefined, lastTime: 4, lastError: undefined },
    { name: 'Shop/Search', handled: 2, failed: 1, lastMs: 9, lastTime: 3, lastError: 'TypeError: x is undefined' },
  ]);
});
