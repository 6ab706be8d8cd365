import { ConditionFailed, ifAbsent, table } from '../../runtime';
import type { Confirmation } from './payment-partner';
import type { Ledger } from './stub-partner';

/** The fake partner's records, in their own table. Only the fake partner writes it. */
export function tableLedger(name = 'Ledger'): Ledger {
  const books = table(name);
  return {
    async attempt(chargeKey) {
      const item = await books.update({ chargeKey }, { add: { attempts: 1 } }, { upsert: true });
      return Number(item['attempts']);
    },
    async charge({ chargeKey, amount, reference }) {
      try {
        const changes = { set: { amount, reference }, add: { charges: 1 } };
        return asConfirmation(await books.update({ chargeKey }, changes, { condition: ifAbsent('reference') }));
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        return asConfirmation((await books.get({ chargeKey })) ?? {});
      }
    },
  };
}

function asConfirmation(item: Readonly<Record<string, unknown>>): Confirmation {
  return {
    chargeKey: String(item['chargeKey']),
    amount: String(item['amount']),
    reference: String(item['reference']),
  };
}
