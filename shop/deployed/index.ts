import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { exitOnSignal } from '../../local/cloud';
import { LocalError } from '../../local/local-error';
import { Report } from '../../local/report';
import { reconcile, type Strangers, strangersIn } from '../reconcile';
import { replay } from '../replay';
import { catalogueOf, readSales } from '../replay/read-sales';
import type { ReplayedShop } from '../running-shop';
import { failureLine } from '../summary';
import { ACCOUNT_CHECKS } from './account-checks';
import { type Check, type CheckContext, CheckSkipped } from './check';
import { type Clients, clientsIn, statedEndpoint } from './clients';
import { costOfRun } from './cost';
import { EDGE_CHECKS, RATE_CHECK } from './edge-checks';
import { requireOwnSignIn, serviceTokens, signInTestPerson } from './identity';
import { queueReader } from './queues';
import { type CheckResult, isGood, markdownOf } from './report';
import { describeStack } from './stack';

/** Options of a run against a stack of an account. */
export interface DeployedOptions {
  /** Name of the stack: `Shop`. */
  readonly stack: string;
  readonly region: string;
  /**
   * Profile of the AWS configuration. If undefined, the credentials in the environment are used.
   */
  readonly profile?: string;
  /** Address of the distribution. If undefined, it is read from the stack's outputs. */
  readonly edgeUrl?: string;
  /** CSV to replay. */
  readonly orders: string;
  /**
   * Whether to check the rate limit at the end. After this check, the edge refuses this address for
   * some minutes.
   */
  readonly flood: boolean;
}

/** Maximum number of attempts of a call. Services may throttle a busy account for some seconds. */
const MAX_ATTEMPTS = 8;
const ROOT = path.resolve(__dirname, '..', '..');
const REPORT_FILE = path.join('.breakwater', 'report.md');
const NETWORK = /ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN/;

/**
 * Replays a day of sales against a deployed shop through its distribution, compares the result with
 * the data in the account, and runs the checks that need the deployed services.
 * @returns 0 if everything reconciles and no check fails, else 1
 * @throws LocalError if the stack can't be used
 */
export async function replayDeployed(options: DeployedOptions): Promise<number> {
  const started = Date.now();
  process.env['AWS_REGION'] = options.region;
  // All clients of the SDK read this variable:
  // https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
  process.env['AWS_MAX_ATTEMPTS'] ??= String(MAX_ATTEMPTS);
  if (options.profile !== undefined) process.env['AWS_PROFILE'] = options.profile;
  const report = new Report();
  const clients = clientsIn(options.region);
  const counter = countRequests();
  const { shop, poolId } = await explained(() => open(options, clients, (text) => report.progress(text)));
  const strangers = await report.phase('stores before', () => explained(() => strangersIn(shop)));
  for (const line of strangerLines(strangers)) report.line(line);

  const result = await replay(shop, (phase, ms) => report.took(phase, ms));
  for (const sale of result.failed) report.line(`  ${failureLine(sale)}`);
  const rows = await report.phase('reconcile', () => reconcile(shop, result.refused, strangers));
  const checks = await report.phase('checks', () => runChecks(shop, clients, poolId, options.flood, report));

  const run = {
    version: versionOf(ROOT),
    stack: options.stack,
    region: options.region,
    at: new Date(),
    replay: result,
    rows,
    checks,
    cost: costOfRun(counter(shop.edgeUrl), result),
    ms: Date.now() - started,
  };
  const text = markdownOf(run);
  mkdirSync(path.dirname(REPORT_FILE), { recursive: true });
  writeFileSync(REPORT_FILE, text);
  report.line();
  report.line(text);
  report.line(`The report is in ${REPORT_FILE} too.`);
  return isGood(run) ? 0 : 1;
}

/** Reads the stack, signs in, and makes the clients for the replay. */
async function open(
  { stack, region, edgeUrl: stated, orders }: DeployedOptions,
  clients: Clients,
  progress: (text: string) => void,
): Promise<{ shop: ReplayedShop; poolId: string }> {
  const { outputs, resources } = await describeStack(clients, stack);
  await refuseRealMail(clients, resources);
  const url =
    stated ??
    Object.entries(outputs).find(([name, value]) => /Url/.test(name) && /^https:\/\/[^/]+\/?$/.test(value))?.[1];
  if (url === undefined)
    throw new LocalError(
      `stack '${stack}' must have the distribution's address as an output, got none: give --edge URL`,
    );
  const edgeUrl = url.replace(/\/$/, '');
  const config = (await (await fetch(`${edgeUrl}/config.json`)).json()) as { signInUrl: string };
  // The check is skipped if the environment sets an endpoint, because an emulator's sign-in has
  // another address.
  if (statedEndpoint() === undefined) requireOwnSignIn(config.signInUrl, region, resources);
  const poolId = outputs['UserPoolId'] ?? '';
  const token = await serviceTokens(clients, poolId, outputs['PointOfSaleClientId'] ?? '', config.signInUrl);
  const shop: ReplayedShop = {
    edgeUrl,
    region,
    endpoint: statedEndpoint(),
    stackName: stack,
    resources,
    tokenFor: token,
    heldMessages: queueReader(clients, resources),
    progress,
    ordersFile: orders,
  };
  return { shop, poolId };
}

/**
 * Fails if the shop would send mail with SES. The addresses of the file's customers don't exist, so
 * SES would count bounces.
 */
async function refuseRealMail({ lambda }: Clients, resources: ReplayedShop['resources']): Promise<void> {
  const mail = resources.find(
    ({ type, logicalId }) => type === 'AWS::Lambda::Function' && /^ShopMailFunction/.test(logicalId),
  );
  if (mail === undefined) return;
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: mail.physicalId }));
  const sender = Environment?.Variables?.['MAIL_SENDER'];
  if (sender !== undefined)
    throw new LocalError(
      `the shop must write mails to its bucket, got the sender ${sender}: the day's customers have no real addresses; deploy without the context mailSender`,
    );
}

async function runChecks(
  shop: ReplayedShop,
  clients: Clients,
  poolId: string,
  flood: boolean,
  report: Report,
): Promise<CheckResult[]> {
  const [product] = catalogueOf(readSales(readFileSync(shop.ordersFile, 'utf8'))).filter(({ description }) =>
    /^\w{3,} \w{3,}/.test(description),
  );
  if (product === undefined) throw new LocalError('the orders file must have a product of two words');
  const person = await signInTestPerson(clients, poolId, {
    atSignal: exitOnSignal,
    line: (text) => report.line(text),
  });
  const context: CheckContext = {
    shop,
    clients,
    person: person.token,
    product,
    redirected: shop.endpoint !== undefined,
  };
  try {
    const results: CheckResult[] = [];
    for (const check of [...EDGE_CHECKS, ...ACCOUNT_CHECKS, ...(flood ? [RATE_CHECK] : [])]) {
      report.progress(`check: ${check.name}`);
      results.push(await outcomeOf(check, context));
    }
    return results;
  } finally {
    await person.remove();
  }
}

async function outcomeOf(check: Check, context: CheckContext): Promise<CheckResult> {
  const started = Date.now();
  const result = (outcome: CheckResult['outcome'], detail: string): CheckResult => ({
    name: check.name,
    outcome,
    detail,
    ms: Date.now() - started,
  });
  try {
    return result('ok', await check.run(context));
  } catch (error) {
    return result(error instanceof CheckSkipped ? 'skipped' : 'FAILED', (error as Error).message);
  }
}

/** Counts the requests of this process to the distribution. */
function countRequests(): (edgeUrl: string) => number {
  const counts = new Map<string, number>();
  const real = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    const { origin } = new URL(input instanceof Request ? input.url : input);
    counts.set(origin, (counts.get(origin) ?? 0) + 1);
    return real(input, init);
  };
  return (edgeUrl) => counts.get(new URL(edgeUrl).origin) ?? 0;
}

function strangerLines({ orders, products }: Strangers): string[] {
  if (orders.size + products.size === 0) return [];
  return [`${orders.size} orders and ${products.size} products existed before, and are left out of the comparison.`];
}

/** Converts an error of the SDK to an error of one line, with advice where possible. */
async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LocalError) throw error;
    const { name, message } = error as Error;
    if (name === 'CredentialsProviderError')
      throw new LocalError(`AWS credentials must be in the environment or in a profile (--profile NAME): ${message}`);
    if (/AccessDenied|UnrecognizedClient|ExpiredToken|InvalidClientTokenId|NotAuthorized/i.test(name))
      throw new LocalError(`AWS refused the call (${name}): ${message}; docs/first-deploy.md lists the rights`);
    if (NETWORK.test(message)) throw new LocalError(`AWS can't be reached: ${message}`);
    throw new LocalError(`${name}: ${message}`);
  }
}

function versionOf(root: string): string {
  return (JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }).version;
}
