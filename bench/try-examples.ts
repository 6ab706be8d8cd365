import { existsSync, readdirSync } from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CommandResult, runCommand } from '../local/cloud';

/**
 * Runs `breakwater dev --once` on the examples of aws-samples/aws-cdk-examples. Like a new user of
 * this library, it runs `npm install` in the example's folder, and then the command.
 *
 *     git clone https://github.com/aws-samples/aws-cdk-examples
 *     node --import tsx bench/try-examples.ts aws-cdk-examples/typescript [NAME ...]
 *
 * Its output is the table in docs/local-cloud.md. If fewer than 18 examples are deployed or refused
 * with a reason, the exit code is 1.
 */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  'api-cors-lambda-crud-dynamodb': [],
  'api-gateway-async-lambda-invocation': [],
  'api-gateway-lambda-token-authorizer': [],
  'api-gateway-parallel-step-functions': [],
  'api-websocket-lambda-dynamodb': [],
  'appsync-graphql-dynamodb': [],
  'appsync-graphql-eventbridge': [],
  'cloudfront-functions': [],
  'cognito-api-lambda': [],
  'custom-resource-provider': [],
  'ddb-stream-lambda-sns': [],
  'eventbridge-lambda': ['--parameters', 'email=person@example.com'],
  'lambda-cron': [],
  'lambda-layer': [],
  'lambda-manage-s3-event-notification': [],
  'lambda-provisioned-concurrency-autoscaling': [],
  'my-widget-service': [],
  'postgres-lambda': [],
  'rekognition-lambda-s3-trigger': [],
  's3-sns-lambda-chain': [],
  'static-site-basic': [],
  'stepfunctions-job-poller': [],
};
const MIN_GOOD = 18;
const TIMEOUT_MS = 180_000;
/** Matches errors that stop the command before the deployment. */
const REFUSED = /failed to synthesize|nothing was deployed|must have their values in cdk\.context\.json/;

interface Outcome {
  readonly result: 'deployed' | 'refused' | 'failed';
  /** Duration in seconds if deployed, else the reason. */
  readonly detail: string;
  /** Lines of the output about parts that were left out, replaced or changed. */
  readonly changes: readonly string[];
}

async function main([folder, ...names]: readonly string[]): Promise<number> {
  if (folder === undefined) throw new Error('usage: node --import tsx bench/try-examples.ts FOLDER [NAME ...]');
  const chosen = names.length > 0 ? names : Object.keys(EXAMPLES);
  const outcomes: Outcome[] = [];
  console.log('| example | result | for the emulator |\n| --- | --- | --- |');
  for (const name of chosen) {
    const outcome = await tryExample(path.join(folder, name), EXAMPLES[name] ?? []);
    outcomes.push(outcome);
    console.log(`| ${name} | ${outcome.result}: ${outcome.detail} | ${outcome.changes.join('<br>')} |`);
  }
  const good = outcomes.filter(({ result }) => result !== 'failed').length;
  console.log(`\n${good} of ${outcomes.length} are deployed or refused with a reason`);
  return good >= Math.min(MIN_GOOD, chosen.length) ? 0 : 1;
}

async function tryExample(directory: string, options: readonly string[]): Promise<Outcome> {
  if (!existsSync(path.join(directory, 'node_modules'))) {
    await runCommand('npm', ['install', '--no-audit', '--no-fund'], { cwd: directory });
  }
  const before = readdirSync(directory).includes('cdk.context.json');
  const tsx = pathToFileURL(require.resolve('tsx')).href;
  const program = path.join(__dirname, '..', 'cli', 'index.ts');
  const args = ['--import', tsx, program, 'dev', '--once', '--verbose', ...options];
  const started = Date.now();
  const result = await runCommand(process.execPath, args, { cwd: directory, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const outcome = outcomeOf(result, (Date.now() - started) / 1000);
  if (before || !readdirSync(directory).includes('cdk.context.json')) return outcome;
  return { ...outcome, result: 'failed', detail: 'cdk.context.json was written' };
}

function outcomeOf({ code, stdout, stderr }: CommandResult, seconds: number): Outcome {
  const lines = `${stdout}\n${stderr}`.split('\n');
  const changes = lines
    .filter((line) => /^ {2}(left out|replaced|changed|lookup|image) /.test(line))
    .map((line) => line.trim());
  if (code === 0) return { result: 'deployed', detail: `${seconds.toFixed(0)} s`, changes };
  const at = lines.findIndex((line) => line.startsWith('error: '));
  const reason = lines.slice(Math.max(at, 0), at + 4).join(' ');
  const result = REFUSED.test(reason) ? 'refused' : 'failed';
  return {
    result,
    detail: reason
      .replace(/^error: /, '')
      .replace(/\s+/g, ' ')
      .slice(0, 300),
    changes,
  };
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
