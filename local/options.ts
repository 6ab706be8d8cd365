import { existsSync, statSync } from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT_ROOT } from './cloud';
import { LocalError } from './local-error';
import { checkOrders } from './replay/check-orders';

export interface StartOptions {
  /** End with the result instead of leaving the shop running. */
  readonly once: boolean;
  /** CSV to replay. */
  readonly orders: string;
  /** Port of the storefront; a free one if it isn't given. */
  readonly port?: number;
  /** Show what the edge does with each request. */
  readonly verbose: boolean;
}

export const USAGE = 'usage: npm start -- [--once] [--orders FILE] [--port NUMBER] [--verbose]';
const DEFAULT_ORDERS = path.join(PROJECT_ROOT, 'data', 'online-retail-2010-12-01.csv');

/**
 * Reads the command line.
 * @throws LocalError for an unknown option, a file that isn't there or has nothing to replay, or a port that is none
 */
export function readOptions(args: readonly string[]): StartOptions {
  const values = parse(args);
  const orders = values.orders === undefined ? DEFAULT_ORDERS : path.resolve(values.orders);
  if (!existsSync(orders) || !statSync(orders).isFile()) {
    throw new LocalError(`--orders must name a CSV file, got '${values.orders ?? orders}', which isn't there`);
  }
  checkOrders(orders);
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    throw new LocalError(`--port must be a whole number from 1 to 65535, got '${values.port}'`);
  }
  return { once: values.once ?? false, orders, port, verbose: values.verbose ?? false };
}

function parse(args: readonly string[]): { once?: boolean; orders?: string; port?: string; verbose?: boolean } {
  try {
    return parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean' },
        orders: { type: 'string' },
        port: { type: 'string' },
        verbose: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new LocalError(`${(error as Error).message.split('. ')[0]}; ${USAGE}`);
  }
}
