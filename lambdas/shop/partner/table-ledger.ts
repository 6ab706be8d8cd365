import { ConditionFailed, ifAbsent, table } from '../../runtime';
import type { Confirmation } from './payment-partner';
import type { Ledger } from './stub-partner';

/** The fake partner's records, in a table that only the fake partner writes. */
export function tableLedger(name = 'Ledger'): Ledger {
  const ledger = table(name);
  return {
    async attempt(chargeKey) {
      const item = await ledger.update({ chargeKey }, { add: { attempts: 1 } }, { upsert: true });
      return Number(item['attempts']);
    },
    async charge({ chargeKey, amount, reference }) {
      try {
        const changes = { set: { amount, reference }, add: { charges: 1 } };
        return asConfirmation(await ledger.update({ chargeKey }, changes, { condition: ifAbsent('reference') }));
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        return asConfirmation((await ledger.get({ chargeKey })) ?? {});
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
