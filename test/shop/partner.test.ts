import * as fc from 'fast-check';
import {
  behaviourOf,
  type Confirmation,
  type Ledger,
  MAX_ATTEMPTS,
  MAX_DELAY,
  PartnerConflict,
  PartnerUnavailable,
  StubPartner,
  settle,
} from '../../lambdas/shop/partner';

/** Books in memory. */
function books(): Ledger & { charges: Map<string, Confirmation>; attempts: Map<string, number> } {
  const charges = new Map<string, Confirmation>();
  const attempts = new Map<string, number>();
  return {
    charges,
    attempts,
    attempt: async (key) => {
      attempts.set(key, (attempts.get(key) ?? 0) + 1);
      return attempts.get(key)!;
    },
    charge: async (entry) => {
      if (!charges.has(entry.chargeKey)) charges.set(entry.chargeKey, entry);
      return charges.get(entry.chargeKey)!;
    },
  };
}

const noSleep = async (): Promise<void> => undefined;
const request = (chargeKey: string, amount = '1.00') => ({ chargeKey, amount, currency: 'GBP' }) as const;

test('every behaviour of the fake partner occurs, and is the same for the same key', () => {
  const moods = Array.from({ length: 500 }, (_, i) => behaviourOf(`order-${i}`, 1));
  expect(new Set(moods.map(({ fault }) => fault)).size).toBe(4);
  expect(moods.some(({ delay }) => delay > 0)).toBe(true);
  expect(Math.max(...moods.map(({ delay }) => delay))).toBeLessThanOrEqual(MAX_DELAY);
  expect(behaviourOf('order-1', 1)).toEqual(behaviourOf('order-1', 1));
});

test('money is moved once for an order, with any behaviour of the partner and any number of deliveries', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 4 }), async (key, deliveries) => {
      const ledger = books();
      const partner = new StubPartner(ledger, noSleep);
      const confirmed: Confirmation[] = [];
      for (let i = 0; i < deliveries; i++) {
        const settled = await settle(partner, request(key), { sleep: noSleep }).catch(() => undefined);
        if (settled !== undefined) confirmed.push(settled);
      }
      expect(ledger.charges.size).toBeLessThanOrEqual(1);
      expect(new Set(confirmed.map(({ reference }) => reference)).size).toBeLessThanOrEqual(1);
      if (confirmed.length > 0) expect(ledger.charges.size).toBe(1);
    }),
  );
});

test('temporary failures are retried, up to the agreed number of attempts', async () => {
  let asked = 0;
  const partner = {
    settle: async (): Promise<void> => {
      asked++;
      throw new PartnerUnavailable('down');
    },
  };
  await expect(settle(partner, request('1'), { sleep: noSleep })).rejects.toThrow('down');
  expect(asked).toBe(MAX_ATTEMPTS);
});

test('a payment that the partner does not confirm is not taken for done', async () => {
  const silent = { settle: async () => undefined };
  await expect(settle(silent, request('1'), { sleep: noSleep })).rejects.toThrow("didn't confirm");
});

test('fails when a key is asked for another amount', async () => {
  const ledger = books();
  await ledger.charge({ chargeKey: '1', amount: '1.00', reference: 'r' });
  const partner = new StubPartner(ledger, noSleep);
  const asked = settle(partner, request('1', '2.00'), { sleep: noSleep });
  await expect(asked).rejects.toBeInstanceOf(PartnerConflict);
});
