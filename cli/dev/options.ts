import { parseArgs } from 'node:util';
import { LocalError } from '../../local/local-error';

/** Options of `npx breakwater dev`. */
export interface DevOptions {
  /** Folder of the app. */
  readonly directory: string;
  /** Stacks by name or path. Empty for all. */
  readonly stacks: readonly string[];
  /** `NAME=VALUE` or `STACK:NAME=VALUE`. */
  readonly parameters: readonly string[];
  /** `key=value`. */
  readonly context: readonly string[];
  readonly port?: number;
  /** Command line to run after the first deployment. */
  readonly seed?: string;
  /** Whether to end after the command, or after the deployment if there is no command. */
  readonly once: boolean;
  /** Program and arguments after `--`. */
  readonly command: readonly string[];
  readonly withoutUnsupported: boolean;
  readonly verbose: boolean;
}

const USAGE = 'usage: npx breakwater dev [options] [--once [-- COMMAND ...]]';
/** Text of `--help`. */
export const HELP = `${USAGE}

Runs the CDK app of this folder on a local AWS emulator. The app is cdk.json's, with or without constructs of
Breakwater. It gives each distribution, function URL and API a local address, and shows the logs of all
functions. A changed handler is live within a second; a changed stack is deployed. Ctrl-C leaves nothing behind.

  --once               end after the deployment, with exit code 0 if it succeeded
  --once -- COMMAND    run a command after the deployment, and end with its exit code. The command finds
                       addresses, credentials and tokens in its environment (below)
  --seed 'COMMAND'     run a command line after the first deployment, in the same environment
  --stacks NAMES       stacks to deploy, as for cdk deploy: Shop, 'Beta/*'; repeat it or separate by commas
  --parameters N=V     value of a CloudFormation parameter, for one stack as STACK:NAME=VALUE
  -c, --context K=V    context value for the app
  --port NUMBER        port of the first distribution; a free one otherwise
  --without-unsupported
                       leave out every resource that the emulator lacks, if nothing refers to it
  --verbose            each request, and each resource that was changed for the emulator

Environment of COMMAND:
  BREAKWATER_URL                 first address: a distribution, else a function URL or API
  BREAKWATER_URL_<NAME>          each address by its construct's path: BREAKWATER_URL_SHOP_EDGE
  BREAKWATER_OUTPUTS             JSON file with the outputs of each stack, like cdk deploy --outputs-file;
                                 addresses in it are the local ones
  BREAKWATER_USERNAME, BREAKWATER_PASSWORD
                                 a person to sign in with, if there is a user pool
  BREAKWATER_TOKEN, BREAKWATER_ID_TOKEN
                                 access token and id token of that person
  AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
                                 for SDKs and the AWS CLI: the emulator, with all rights
  NODE_EXTRA_CA_CERTS, AWS_CA_BUNDLE
                                 certificates of the emulator and the shell`;

/**
 * Reads the command line.
 * @returns undefined if the help was requested
 * @throws LocalError for an unknown option or an invalid value
 */
export function readOptions(args: readonly string[], directory = process.cwd()): DevOptions | undefined {
  const at = args.indexOf('--');
  const [own, command] = at < 0 ? [args, []] : [args.slice(0, at), args.slice(at + 1)];
  const values = parse(own);
  if (values.help === true) return undefined;
  if (at >= 0 && values.once !== true) throw new LocalError(`a command after -- can only be run with --once; ${USAGE}`);
  if (at >= 0 && command.length === 0) throw new LocalError(`-- must be followed by a command, got none; ${USAGE}`);
  return {
    directory,
    stacks: (values.stacks ?? []).flatMap((names) => names.split(',')).filter((name) => name !== ''),
    parameters: values.parameters ?? [],
    context: values.context ?? [],
    port: portOf(values.port),
    seed: values.seed,
    once: values.once ?? false,
    command,
    withoutUnsupported: values['without-unsupported'] ?? false,
    verbose: values.verbose ?? false,
  };
}

/**
 * Context values of the command line.
 * @throws LocalError for a text without `=`
 */
export function contextOf({ context }: Pick<DevOptions, 'context'>): Record<string, string> {
  return Object.fromEntries(
    context.map((text) => {
      const [, name, value] = /^([^=]+)=([\s\S]*)$/.exec(text) ?? [];
      if (name === undefined || value === undefined) throw new LocalError(`--context must be KEY=VALUE, got '${text}'`);
      return [name, value];
    }),
  );
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new LocalError(`--port must be a whole number from 1 to 65535, got '${text}'`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        once: { type: 'boolean' },
        seed: { type: 'string' },
        stacks: { type: 'string', multiple: true },
        parameters: { type: 'string', multiple: true },
        context: { type: 'string', short: 'c', multiple: true },
        port: { type: 'string' },
        'without-unsupported': { type: 'boolean' },
        verbose: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new LocalError(`${(error as Error).message.split('. ')[0]}; ${USAGE}`);
  }
}
