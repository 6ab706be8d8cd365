import type { LocalPerson } from '../local/identity';
import type { LocalApp } from '../local/local-app';
import { LocalError } from '../local/local-error';
import { heldMessages, type QueueState, readQueues } from '../local/queues';
import type { LocalResource, RunningApp } from '../local/running-app';

/** A deployed shop for a replay, on this machine or in an account. */
export interface ReplayedShop {
  /** Address of the distribution, without a trailing slash. */
  readonly edgeUrl: string;
  readonly region: string;
  /** Address of all services of an emulator; undefined on AWS. */
  readonly endpoint?: string;
  readonly stackName: string;
  /** Resources of the stack, including those of nested stacks. */
  readonly resources: readonly LocalResource[];
  /** Access token of a service (`point-of-sale`), from the client credentials flow. */
  tokenFor(service: string): Promise<string>;
  /** The queues that hold messages. */
  heldMessages(): Promise<QueueState[]>;
  /** Shows one line of progress. On a terminal, each line replaces the previous one. */
  progress(text: string): void;
  /** CSV to replay. */
  readonly ordersFile: string;
}

/** The shop on this machine, with a customer that can sign in. */
export interface RunningShop extends RunningApp, ReplayedShop {
  readonly endpoint: string;
  /** Outputs of the stack. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly customer: LocalPerson;
  /** Access token of the customer, from the sign-in pages that the storefront uses. */
  customerToken(): Promise<string>;
}

const CUSTOMER = 'customer@example.com';

/**
 * Starts the shop's app, and creates a customer.
 * @throws LocalError if the shop can't start or has no user pool
 */
export async function startShop(
  app: LocalApp,
  ordersFile: string,
  progress: (text: string) => void,
): Promise<RunningShop> {
  const running = await app.start();
  const { identity, stacks, addresses } = running;
  const [distribution] = addresses;
  const stack = stacks.find(({ name }) => name === distribution?.stackName);
  if (distribution === undefined || stack === undefined)
    throw new LocalError('the app must have a distribution, got none');
  if (identity === undefined) throw new LocalError(`stack '${stack.name}' must have a user pool to sign in to`);
  const customer = await identity.addPerson(CUSTOMER);
  return {
    ...running,
    edgeUrl: distribution.url,
    stackName: stack.name,
    outputs: stack.outputs,
    resources: stack.resources,
    customer,
    customerToken: () => identity.personToken(customer),
    tokenFor: (service) => identity.tokenFor(service),
    heldMessages: async () => heldMessages(await readQueues(running.endpoint), stack.resources),
    progress,
    ordersFile,
  };
}
