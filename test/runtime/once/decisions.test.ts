import { once } from '../../../lambdas/runtime';
import { type Decision, Invocation, withInvocation } from '../../../lambdas/runtime/invocation';
import { StepHalfWay } from '../../../lambdas/runtime/once/errors';
import { errorOf, KEY, messageOf, OrdersFixture, REMAINING_MS } from './orders-fixture';

let fixture: OrdersFixture;
const effects: string[] = [];
beforeAll(async () => {
  fixture = await OrdersFixture.start();
});
afterAll(() => fixture.stop());
beforeEach(async () => {
  effects.splice(0);
  await fixture.reset();
});

const hold = (effect: () => Promise<void> | void = () => undefined) =>
  once(fixture.orders(), 'pay', { when: { status: 'placed' }, halfWay: 'hold' }, async () => {
    effects.push('charged');
    await effect();
    return { set: { status: 'paid' }, outbox: [{ to: 'Mail', body: {} }] };
  });

/** Handles a message about which a person has decided. */
async function decided(step: ReturnType<typeof hold>, decision: Decision): Promise<void> {
  const message = messageOf(KEY);
  const handled = { messageId: 'm', correlationId: undefined, trace: undefined, sentBody: KEY, decision };
  await withInvocation(new Invocation(() => REMAINING_MS, undefined, undefined, handled), () => step(message));
}

/** Leaves the claim of a delivery whose process was killed, and waits until its lease is over. */
async function crash(): Promise<void> {
  void hold(() => new Promise<void>(() => undefined))(messageOf(KEY));
  while (effects.length === 0) await new Promise((next) => setImmediate(next));
  effects.splice(0);
  fixture.now += REMAINING_MS + 5_000;
}

test('“done” stores the mark alone, so that no later delivery runs the effect', async () => {
  await crash();
  await decided(hold(), { kind: 'done', at: fixture.now });
  await hold()(messageOf(KEY));
  expect([effects, await fixture.stored()]).toEqual([[], { ...KEY, status: 'placed' }]);
});

test('“again” runs the effect although a claim is left, and only for claims from before the decision', async () => {
  const claimedAt = fixture.now;
  await crash();
  const at = fixture.now;
  // The clocks of the redrive function and of the worker may differ by 5 seconds.
  expect(await errorOf(decided(hold(), { kind: 'again', at: claimedAt + 4_999 }))).toBeInstanceOf(StepHalfWay);
  expect(effects).toEqual([]);
  const failing = hold(() => Promise.reject(new Error('the answer was lost')));
  expect(await errorOf(decided(failing, { kind: 'again', at }))).toBeInstanceOf(StepHalfWay);
  expect(effects).toEqual(['charged']);
  // The same message is redelivered after the second claim is over: the decision no longer applies.
  fixture.now += REMAINING_MS + 5_000;
  expect(await errorOf(decided(hold(), { kind: 'again', at }))).toBeInstanceOf(StepHalfWay);
  expect(effects).toEqual(['charged']);
  await decided(hold(), { kind: 'again', at: fixture.now });
  expect([effects, await fixture.stored()]).toEqual([['charged', 'charged'], { ...KEY, status: 'paid' }]);
});

test('“again” also applies to a claim that was made before the decision and ended after it', async () => {
  const claimedAt = fixture.now;
  await crash();
  await decided(hold(), { kind: 'again', at: claimedAt + 5_000 });
  expect([effects, await fixture.stored()]).toEqual([['charged'], { ...KEY, status: 'paid' }]);
});

test('a claim of an earlier version, which has no start, must have ended before the decision', async () => {
  await crash();
  const [claim] = fixture.claims();
  const { from: _, ...old } = claim!;
  await fixture.stub.answer({ operation: 'PutItem', input: { TableName: 'Quarantine', Item: old } });
  expect(await errorOf(decided(hold(), { kind: 'again', at: fixture.now - 1 }))).toBeInstanceOf(StepHalfWay);
  await decided(hold(), { kind: 'again', at: fixture.now });
  expect(effects).toEqual(['charged']);
});

test('“again” waits while another delivery may still be at work', async () => {
  void hold(() => new Promise<void>(() => undefined))(messageOf(KEY));
  while (effects.length === 0) await new Promise((next) => setImmediate(next));
  expect(await errorOf(decided(hold(), { kind: 'again', at: fixture.now + 1 }))).toMatchObject({ name: 'TryLater' });
  expect(effects).toEqual(['charged']);
});
