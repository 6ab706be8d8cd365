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
  /** Number of processes of the relay to kill. */
  readonly killRelay: number;
  /** Number of times to freeze the emulator for some seconds. */
  readonly freeze: number;
  /** Seconds for which the payment partner can't be reached. */
  readonly partnerDown: number;
  /** Port of the storefront. By default a free port. */
  readonly port?: number;
  /** Whether to show each request at the edge, each changed resource and each comparison. */
  readonly verbose: boolean;
  /** File for the record of the run, from which `npm run picture` draws. */
  readonly record?: string;
  /** A stack in an AWS account to replay against. If undefined, the shop runs on this machine. */
  readonly deployed?: DeployedOptions;
}

/** Maximum number of kills or freezes. More would only make the run longer. */
const MAX_KILLS = 100;
/** Maximum outage of the partner, in seconds. */
const MAX_OUTAGE = 3_600;
const USAGE =
  'usage: npm start -- [--once] [--orders FILE] [--port NUMBER] [--kill-workers NUMBER] [--kill-relay NUMBER] [--freeze NUMBER] [--partner-down SECONDS] [--record FILE] [--verbose], or --stack NAME [--region NAME] [--profile NAME] [--edge URL] [--orders FILE] [--no-flood]';
/** Text of `--help`. */
export const HELP = `${USAGE}

Deploys the shop to a local AWS emulator, replays a day of sales, reconciles it, and leaves the shop running.

  --once         end instead, with exit code 0 if everything reconciles, else 1
  --orders FILE  replay another CSV of the same columns
  --port NUMBER  port of the storefront; a free one otherwise
  --kill-workers NUMBER
                 kill so many processes of workers during the replay (SIGKILL). Everything must reconcile all
                 the same, some minutes later: a killed worker's message is redelivered after 3 minutes
  --kill-relay NUMBER
                 kill so many processes of the relay
  --freeze NUMBER
                 freeze the emulator so many times, for 1 to 4 seconds each (SIGSTOP, SIGCONT)
  --partner-down SECONDS
                 refuse all calls to the payment partner for so long. The worker's giveUpAfter is shortened to
                 twice this time, so an outage of 180 seconds is like one of 3 hours with the default
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
const LOCAL_ONLY = [
  'once',
  'port',
  'kill-workers',
  'kill-relay',
  'freeze',
  'partner-down',
  'record',
  'verbose',
] as const;
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
  const faults = {
    killWorkers: wholeNumber(values, 'kill-workers', MAX_KILLS),
    killRelay: wholeNumber(values, 'kill-relay', MAX_KILLS),
    freeze: wholeNumber(values, 'freeze', MAX_KILLS),
    partnerDown: wholeNumber(values, 'partner-down', MAX_OUTAGE),
  };
  const deployed = deployedOf(values, orders);
  const record = values.record === undefined ? {} : { record: path.resolve(values.record) };
  const local = { once: values.once ?? false, orders, port, ...faults, verbose: values.verbose ?? false, ...record };
  return deployed === undefined ? local : { ...local, deployed };
}

function wholeNumber(values: Values, name: (typeof NUMBERS)[number], max: number): number {
  const value = Number(values[name] ?? 0);
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new LocalError(`--${name} must be a whole number from 0 to ${max}, got '${values[name]}'`);
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

const NUMBERS = ['kill-workers', 'kill-relay', 'freeze', 'partner-down'] as const;

interface Values extends Partial<Readonly<Record<(typeof NUMBERS)[number], string>>> {
  readonly help?: boolean;
  readonly once?: boolean;
  readonly orders?: string;
  readonly port?: string;
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
        'kill-relay': { type: 'string' },
        freeze: { type: 'string' },
        'partner-down': { type: 'string' },
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
