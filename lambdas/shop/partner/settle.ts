import { setTimeout as wait } from 'node:timers/promises';
import { backoffMs } from '../../../lib/protocol';
import {
  type Confirmation,
  PartnerTimeout,
  PartnerUnavailable,
  type PaymentPartner,
  type PaymentRequest,
} from './payment-partner';

/**
 * Maximum number of attempts for one delivery of a message. After them, SQS redelivers the message.
 */
export const MAX_ATTEMPTS = 3;

const BACKOFF = { baseMs: 40, capMs: 1_000 };

export interface SettleDependencies {
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  readonly random: () => number;
}

/**
 * Requests a payment until the partner confirms it. If the partner is unavailable or doesn't answer
 * in time, it retries. All other errors, and the error of the last attempt, are thrown. A retry is
 * safe, because the partner moves money once for each key.
 * @returns the confirmation, or the last one of several
 */
export async function settle(
  partner: PaymentPartner,
  request: PaymentRequest,
  dependencies: Partial<SettleDependencies> = {},
): Promise<Confirmation> {
  const { sleep = wait, random = Math.random } = dependencies;
  for (let attempt = 1; ; attempt++) {
    let confirmation: Confirmation | undefined;
    try {
      await partner.settle(request, async (confirmed) => {
        confirmation = confirmed;
      });
      if (confirmation === undefined) throw new PartnerTimeout("the partner didn't confirm the payment");
      return confirmation;
    } catch (error) {
      const isPassing = error instanceof PartnerUnavailable || error instanceof PartnerTimeout;
      if (!isPassing || attempt === MAX_ATTEMPTS) throw error;
      await sleep(backoffMs(attempt, BACKOFF, random));
    }
  }
}
