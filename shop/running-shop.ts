import type { LocalPerson } from '../local/identity';
import type { LocalApp } from '../local/local-app';
import { LocalError } from '../local/local-error';
import type { RunningApp } from '../local/running-app';

/** The deployed shop, with a customer who may sign in. */
export interface RunningShop extends RunningApp {
  readonly customer: LocalPerson;
  /** Access token of the customer, as the storefront gets it. */
  customerToken(): Promise<string>;
  /** Access token of a service (`point-of-sale`) by client credentials. */
  tokenFor(service: string): Promise<string>;
  /** Shows one line of progress. On a terminal the next line replaces it. */
  progress(text: string): void;
  /** CSV to replay. */
  readonly ordersFile: string;
}

const CUSTOMER = 'customer@example.com';

/**
 * Starts an app that is the shop, and makes a customer.
 * @throws LocalError if it can't start or has no user pool
 */
export async function startShop(
  app: LocalApp,
  ordersFile: string,
  progress: (text: string) => void,
): Promise<RunningShop> {
  const running = await app.start();
  const { identity, stackName } = running;
  if (identity === undefined) throw new LocalError(`stack '${stackName}' must have a user pool to sign in to`);
  const customer = await identity.addPerson(CUSTOMER);
  return {
    ...running,
    customer,
    customerToken: () => identity.personToken(customer),
    tokenFor: (service) => identity.tokenFor(service),
    progress,
    ordersFile,
  };
}
