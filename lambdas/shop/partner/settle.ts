import { backoffMs } from '../../../lib/protocol';
import {
  type Confirmation,
  PartnerTimeout,
  PartnerUnavailable,
  type PaymentPartner,
  type PaymentRequest,
} from './payment-partner';

/** Attempts before the message goes back to its queue. */
export const TRIES = 3;

const BACKOFF = { baseMs: 40, capMs: 1_000 };

/**
 * Asks the partner until it confirms, a few times: what may pass by itself is tried again at once, anything else, and
 * the last failure, is thrown. Asking again is safe, since the partner moves money once for a key.
 * @returns how many attempts it took
 */
export async function settle(
  partner: PaymentPartner,
  request: PaymentRequest,
  confirm: (confirmation: Confirmation) => Promise<void>,
  sleep: (milliseconds: number) => Promise<void>,
  random: () => number = Math.random,
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      await partner.settle(request, confirm);
      return attempt;
    } catch (error) {
      const passing = error instanceof PartnerUnavailable || error instanceof PartnerTimeout;
      if (!passing || attempt === TRIES) throw error;
      await sleep(backoffMs(attempt, BACKOFF, random));
    }
  }
}
