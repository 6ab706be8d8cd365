import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { runCommand, shellEnvironment } from '../cloud';
import { LocalError } from '../local-error';
import { type AppFile, readAppFile } from './app-file';
import { type Assembly, type DefaultPlace, type MissingContext, readAssembly } from './assembly';
import { type ContextLookup, placeholderFor } from './lookups';
import type { Value, ValueMap } from './template';

export interface SynthesizeProps extends DefaultPlace {
  /** Folder of the app with its `cdk.json`. Only the app itself writes to it. */
  readonly appDirectory: string;
  /** Folder for the assembly. It is emptied first. */
  readonly outputDirectory: string;
  /**
   * Context that takes precedence over `cdk.json`.
   * @default - none
   */
  readonly context?: Readonly<Record<string, Value>>;
  /**
   * Environment variables of the app's process, in addition to the variables of this process.
   * @default - none
   */
  readonly appEnvironment?: Readonly<Record<string, string>>;
  /**
   * Answers a lookup that has no value in `cdk.context.json`. If this function has no answer
   * either, a placeholder is used.
   * @default - none
   */
  readonly lookup?: ContextLookup;
  /** Prints a line for the user, about placeholder values of lookups. */
  readonly line: (text: string) => void;
  /**
   * Receives each line that the app prints.
   * @default - not shown, unless the app fails
   */
  readonly onOutput?: (line: string) => void;
  /** Ends the app's process. */
  readonly signal?: AbortSignal;
}

/**
 * Maximum number of syntheses. A lookup may lead to another one, such as a VPC and then its
 * subnets.
 */
const MAX_ROUNDS = 5;
const LINES_OF_AN_ERROR = 25;
/** Maximum size of an environment variable in Linux. */
const MAX_VARIABLE_BYTES = 100_000;

/** Context that the CDK CLI sets for each app. */
const CLI_CONTEXT: ValueMap = {
  'aws:cdk:enable-path-metadata': true,
  'aws:cdk:enable-asset-metadata': true,
  'aws:cdk:version-reporting': false,
  'aws:cdk:bundling-stacks': ['**'],
};

/**
 * Synthesizes a CDK app without the CDK CLI: it runs the `app` command of `cdk.json` in the app's
 * folder. It reads `cdk.context.json` but never writes it. If a lookup has no value, it gets a
 * value in memory, a line reports this, and the app runs again. If all stacks that state an account
 * state the same one, the app runs again with this account as default.
 * @throws LocalError with the app's output if it fails, or with the lookups that have no answer
 */
export async function synthesizeApp(props: SynthesizeProps): Promise<Assembly> {
  const file = readAppFile(props.appDirectory);
  if (file.build !== undefined) await run('build', file.build, props, environmentOf(props));
  const answers: Record<string, Value> = {};
  let { account } = props;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const place = { account, region: props.region };
    const assembly = await synthesizeOnce(file, { ...props, ...place }, answers);
    const stated = statedAccount(assembly, props.account);
    if (stated !== undefined && stated !== account) {
      account = stated;
      continue;
    }
    const missing = assembly.missing.filter(({ key }) => answers[key] === undefined);
    if (missing.length === 0) return assembly;
    await answerAll(missing, answers, props);
  }
  throw new LocalError(
    `the app must need at most ${MAX_ROUNDS} rounds of context lookups, got one more: add values to cdk.context.json`,
  );
}

/** The account that the stacks state, if all state the same account and it isn't the default. */
function statedAccount({ stacks }: Assembly, byDefault: string): string | undefined {
  const stated = new Set(stacks.map(({ account }) => account).filter((account) => account !== byDefault));
  return stated.size === 1 ? [...stated][0] : undefined;
}

async function synthesizeOnce(file: AppFile, props: SynthesizeProps, answers: ValueMap): Promise<Assembly> {
  const { account, region, outputDirectory, appDirectory } = props;
  const ready = path.resolve(appDirectory, file.app);
  if (existsSync(path.join(ready, 'manifest.json'))) return readAssembly(ready, { account, region });

  rmSync(outputDirectory, { recursive: true, force: true });
  mkdirSync(outputDirectory, { recursive: true });
  const context = JSON.stringify({ ...CLI_CONTEXT, ...answers, ...file.context, ...props.context });
  const environment: NodeJS.ProcessEnv = {
    ...environmentOf(props),
    CDK_OUTDIR: outputDirectory,
    CDK_DEFAULT_ACCOUNT: account,
    CDK_DEFAULT_REGION: region,
  };
  const overflow = `${outputDirectory}.context.json`;
  if (Buffer.byteLength(context) > MAX_VARIABLE_BYTES) {
    writeFileSync(overflow, context);
    environment['CONTEXT_OVERFLOW_LOCATION_ENV'] = overflow;
  } else {
    environment['CDK_CONTEXT_JSON'] = context;
  }
  try {
    await run('app', file.app, props, environment);
  } finally {
    rmSync(overflow, { force: true });
  }
  return readAssembly(outputDirectory, { account, region });
}

/**
 * Environment of the app's process. The CDK's template validation is off, because the app's own
 * tests have this task.
 */
function environmentOf({ appEnvironment }: SynthesizeProps): NodeJS.ProcessEnv {
  return { ...shellEnvironment(), CDK_VALIDATION: 'false', ...appEnvironment };
}

async function run(
  name: 'app' | 'build',
  command: string,
  { appDirectory, onOutput, signal }: SynthesizeProps,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const lines: string[] = [];
  const onLine = (line: string): void => {
    lines.push(line);
    onOutput?.(line);
  };
  const result = await runCommand('/bin/sh', ['-c', command], { cwd: appDirectory, env, signal, onLine });
  if (result.code === 0) return;
  if (signal?.aborted) throw new LocalError('the start was stopped while the app was synthesized');
  const shown = lines.filter((line) => line.trim() !== '').slice(-LINES_OF_AN_ERROR);
  const output = shown.length === 0 ? ' (it printed nothing)' : shown.map((line) => `\n  ${line}`).join('');
  throw new LocalError(
    `the app failed to synthesize: "${name}" of cdk.json, '${command}', ended with code ${result.code}:${output}`,
  );
}

async function answerAll(
  missing: readonly MissingContext[],
  answers: Record<string, Value>,
  { lookup, line }: SynthesizeProps,
): Promise<void> {
  const unanswered: string[] = [];
  for (const one of missing) {
    const answer = (await lookup?.(one)) ?? (await placeholderFor(one));
    if (answer === undefined) {
      unanswered.push(`\n  ${one.provider} (${one.key})`);
      continue;
    }
    answers[one.key] = answer.value;
    line(`lookup ${one.key}: not in cdk.context.json, answered by ${answer.source}`);
  }
  if (unanswered.length > 0) {
    throw new LocalError(
      `context lookups that need AWS must have their values in cdk.context.json, got none for:${unanswered.join('')}`,
    );
  }
}
