import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PreflightError, realAccount, recordedAccount, recording } from './account';
import { checkAccount } from './checks';
import { idleCosts, unknownTypes } from './idle-cost';
import { needsOf, type Template } from './needs';
import { report } from './report';

const USAGE =
  'usage: npx breakwater preflight [--profile sandbox|production] [--assembly FOLDER] [--recorded FILE | --record FILE]';
const HELP = `${USAGE}

Checks whether an account's quotas allow the stack, and computes the cost of an idle day. It changes nothing.
Exits with 0 if the stack can be deployed, 1 if it can't, 2 if the check fails.

  --profile NAME     synthesize the app in this profile
  --assembly FOLDER  take this cloud assembly instead of synthesizing
  --recorded FILE    read answers from a recording instead of an account
  --record FILE      check the account, and write its answers to a file`;

/** Runs the app of cdk.json, like `cdk synth`. */
function synthesize(profile: string | undefined): string {
  const outdir = resolve('.breakwater', 'preflight');
  if (!existsSync('cdk.json'))
    throw new PreflightError(
      `The current folder must have a cdk.json, got none in ${process.cwd()}: change to the app's folder, or give --assembly FOLDER.`,
    );
  const { app, context } = JSON.parse(readFileSync('cdk.json', 'utf8')) as { app?: string; context?: object };
  if (app === undefined) throw new PreflightError("cdk.json must name the app's command as 'app', got none.");
  const { status, stderr } = spawnSync(app, {
    shell: true,
    encoding: 'utf8',
    env: {
      ...process.env,
      CDK_OUTDIR: outdir,
      CDK_VALIDATION: 'false',
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...(profile === undefined ? {} : { profile }) }),
    },
  });
  if (status !== 0) throw new PreflightError(`'${app}' can't be synthesized:\n${stderr.trim()}`);
  return outdir;
}

function templatesIn(assembly: string): Template[] {
  if (!existsSync(join(assembly, 'manifest.json')))
    throw new PreflightError(`${assembly} must be a cloud assembly, got no manifest.json in it.`);
  return readdirSync(assembly, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.template.json'))
    .map((name) => JSON.parse(readFileSync(join(assembly, name), 'utf8')) as Template);
}

/**
 * Region of the assembly's first stack. For a Region-agnostic stack, the environment variables
 * state the Region.
 */
function regionOf(assembly: string, env: Record<string, string | undefined>): string {
  const { artifacts = {} } = JSON.parse(readFileSync(join(assembly, 'manifest.json'), 'utf8')) as {
    artifacts?: Record<string, { type: string; environment?: string }>;
  };
  const stack = Object.values(artifacts).find(({ type }) => type === 'aws:cloudformation:stack');
  const region = stack?.environment?.split('/').at(-1);
  return region === undefined || region === 'unknown-region'
    ? (env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1')
    : region;
}

async function check(args: readonly string[]): Promise<number> {
  let values: { help?: boolean; profile?: string; assembly?: string; recorded?: string; record?: string };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        profile: { type: 'string' },
        assembly: { type: 'string' },
        recorded: { type: 'string' },
        record: { type: 'string' },
      },
    }));
  } catch (error) {
    throw new PreflightError(`${(error as Error).message}\n${USAGE}`);
  }
  if (values.help === true) {
    console.log(HELP);
    return 0;
  }
  const assembly = values.assembly ?? synthesize(values.profile);
  const templates = templatesIn(assembly);
  const needs = needsOf(templates);
  const asked =
    values.recorded === undefined
      ? realAccount(regionOf(assembly, process.env), process.env)
      : recordedAccount(values.recorded);
  const account = values.record === undefined ? asked : recording(asked, values.record);
  const checks = await checkAccount(account, needs);
  console.log(report(checks, idleCosts(needs), { ...needs, types: unknownTypes(templates) }));
  return checks.some(({ result }) => result === 'no') ? 1 : 0;
}

/**
 * `npx breakwater preflight`: checks whether an account's quotas allow the stack, and computes the
 * cost of an idle day. It changes nothing.
 * @returns 0 if the stack can be deployed, 1 if not, 2 if the check itself failed
 */
export async function run(args: readonly string[]): Promise<number> {
  try {
    return await check(args);
  } catch (error) {
    console.error(error instanceof PreflightError ? error.message : (error as Error).stack);
    return 2;
  }
}
