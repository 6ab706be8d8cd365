import { existsSync, statSync } from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { LocalError } from '../local/local-error';
import type { DeployedOptions } from './deployed';
import { checkOrders } from './replay/check-orders';

export interface StartOptions {
  /** Whether to exit with the result. Otherwise the shop keeps running. */
  readonly once: boolean;
  /** CSV to replay. */
  readonly orders: string;
  /** Number of worker processes to kill during the replay. */
  readonly killWorkers: number;
  /** Port of the storefront. By default a free port. */
  readonly port?: number;
  /** Whether to show each request at the edge, each changed resource and each comparison. */
  readonly verbose: boolean;
  /** File for the record of the run, from which `npm run picture` draws. */
  readonly record?: string;
  /** A stack in an AWS account to replay against. If undefined, the shop runs on this machine. */
  readonly deployed?: DeployedOptions;
}

/** Maximum number of kills. More would only make the run longer. */
const MAX_KILLS = 100;
const USAGE =
  'usage: npm start -- [--once] [--orders FILE] [--port NUMBER] [--kill-workers NUMBER] [--record FILE] [--verbose], or --stack NAME [--region NAME] [--profile NAME] [--edge URL] [--orders FILE] [--no-flood]';
/** Text of `--help`. */
export const HELP = `${USAGE}

Deploys the shop to a local AWS emulator, replays a day of sales, reconciles it, and leaves the shop running.

  --once         end instead, with exit code 0 if everything reconciles, else 1
  --orders FILE  replay another CSV of the same columns
  --port NUMBER  port of the storefront; a free one otherwise
  --kill-workers NUMBER
                 kill so many processes of workers during the replay (SIGKILL). Everything must reconcile all
                 the same, some minutes later: a killed worker's message is redelivered after 3 minutes
  --record FILE  write the times of all orders and the result as JSON, for npm run picture
  --verbose      one line for each request at the edge, for each changed resource, and for each comparison

With --stack it replays the day against a shop in an AWS account, through its distribution, reconciles it by the
account's services, and checks what only these can answer. It prints a report with the cost, and exits with 0 if all is
good, else 1. The orders stay in the stack.

  --stack NAME   the deployed stack: Shop
  --region NAME  its Region (default us-east-1)
  --profile NAME profile of the AWS configuration; otherwise the environment's credentials
  --edge URL     address of the distribution; otherwise the stack's output
  --no-flood     leave out the last check, after which the web ACL refuses this address for some minutes`;
/** Options that apply only to a run on this machine, and options that apply only with --stack. */
const LOCAL_ONLY = ['once', 'port', 'kill-workers', 'record', 'verbose'] as const;
const DEPLOYED_ONLY = ['region', 'profile', 'edge', 'no-flood'] as const;
const DEFAULT_REGION = 'us-east-1';
const DEFAULT_ORDERS = path.join(__dirname, 'data', 'online-retail-2010-12-01.csv');

/**
 * Reads the command line.
 * @returns undefined if the help was requested
 * @throws LocalError for an unknown option, an orders file that can't be replayed, or an invalid
 * number
 */
export function readOptions(args: readonly string[]): StartOptions | undefined {
  const values = parse(args);
  if (values.help === true) return undefined;
  const orders = values.orders === undefined ? DEFAULT_ORDERS : path.resolve(values.orders);
  const fault = !existsSync(orders)
    ? "isn't there"
    : statSync(orders).isDirectory()
      ? 'is a folder, not a file'
      : undefined;
  if (fault !== undefined) {
    throw new LocalError(`--orders must name a CSV file, got '${values.orders ?? orders}', which ${fault}`);
  }
  checkOrders(orders);
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    throw new LocalError(`--port must be a whole number from 1 to 65535, got '${values.port}'`);
  }
  const killWorkers = Number(values['kill-workers'] ?? 0);
  if (!(Number.isInteger(killWorkers) && killWorkers >= 0 && killWorkers <= MAX_KILLS)) {
    throw new LocalError(
      `--kill-workers must be a whole number from 0 to ${MAX_KILLS}, got '${values['kill-workers']}'`,
    );
  }
  const deployed = deployedOf(values, orders);
  const record = values.record === undefined ? {} : { record: path.resolve(values.record) };
  const local = { once: values.once ?? false, orders, port, killWorkers, verbose: values.verbose ?? false, ...record };
  return deployed === undefined ? local : { ...local, deployed };
}

/** @throws LocalError if options of both kinds of run are mixed, or if the address is invalid */
function deployedOf(values: Values, orders: string): DeployedOptions | undefined {
  const { stack, region = DEFAULT_REGION, profile, edge } = values;
  const others = (stack === undefined ? DEPLOYED_ONLY : LOCAL_ONLY).filter((name) => values[name] !== undefined);
  if (others.length > 0) {
    const rule = stack === undefined ? 'needs --stack NAME' : 'is for the shop on this machine, not for --stack';
    throw new LocalError(`--${others[0]} ${rule}; ${USAGE}`);
  }
  if (stack === undefined) return undefined;
  if (edge !== undefined && !/^https?:\/\/[^/]+\/?$/.test(edge)) {
    throw new LocalError(
      `--edge must be an address without a path, such as https://d111.cloudfront.net, got '${edge}'`,
    );
  }
  const flood = values['no-flood'] !== true;
  return { stack, region, orders, flood, ...(profile && { profile }), ...(edge && { edgeUrl: edge }) };
}

interface Values {
  readonly help?: boolean;
  readonly once?: boolean;
  readonly orders?: string;
  readonly port?: string;
  readonly 'kill-workers'?: string;
  readonly verbose?: boolean;
  readonly record?: string;
  readonly stack?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly edge?: string;
  readonly 'no-flood'?: boolean;
}

function parse(args: readonly string[]): Values {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        once: { type: 'boolean' },
        orders: { type: 'string' },
        port: { type: 'string' },
        'kill-workers': { type: 'string' },
        verbose: { type: 'boolean' },
        record: { type: 'string' },
        stack: { type: 'string' },
        region: { type: 'string' },
        profile: { type: 'string' },
        edge: { type: 'string' },
        'no-flood': { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new LocalError(`${(error as Error).message.split('. ')[0]}; ${USAGE}`);
  }
}
