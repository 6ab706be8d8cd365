import * as path from 'node:path';
import { runCommand } from '../cloud';
import { LocalError } from '../local-error';
import { localCredentials } from './local-credentials';

export interface CdkProps {
  /** Folder of the app, with its `cdk.json` and the package `aws-cdk`. */
  readonly appDirectory: string;
  readonly endpoint: string;
  readonly region: string;
  readonly account: string;
  /** File with the certificate to trust. */
  readonly certificate: string;
  readonly progress: (text: string) => void;
  readonly signal?: AbortSignal;
}

const COMMON = ['--no-notices', '--no-color', '--no-version-reporting'];
const STACK_EVENT = /^(\S+) \|\s*(\d+)\/(\d+) \|/;
const LINES_OF_AN_ERROR = 12;

/** The real CDK CLI. It can call only the local AWS emulator. */
export class Cdk {
  public constructor(private readonly props: CdkProps) {}

  /** Bootstraps the account, as on AWS. */
  public async bootstrap(): Promise<void> {
    // The command runs in a folder without cdk.json. Otherwise the CLI would synthesize the app
    // first.
    const elsewhere = path.dirname(this.props.certificate);
    await this.run(
      'bootstrap',
      [`aws://${this.props.account}/${this.props.region}`, '--progress', 'events'],
      elsewhere,
    );
  }

  /**
   * Synthesizes the app of cdk.json, without the CDK's template validation. The project's tests
   * check the templates.
   */
  public async synth(outputDirectory: string): Promise<void> {
    await this.run('synth', ['--quiet', '--no-validation', '--output', outputDirectory]);
  }

  /** Deploys every stack of an assembly. */
  public async deploy(assembly: string): Promise<void> {
    await this.run('deploy', [
      '--all',
      '--app',
      assembly,
      '--require-approval',
      'never',
      '--method',
      'direct',
      '--progress',
      'events',
    ]);
  }

  /** Destroys every stack of an assembly. */
  public async destroy(assembly: string): Promise<void> {
    await this.run('destroy', ['--all', '--app', assembly, '--force']);
  }

  private async run(command: string, args: readonly string[], cwd = this.props.appDirectory): Promise<void> {
    const program = path.join(this.props.appDirectory, 'node_modules', 'aws-cdk', 'bin', 'cdk');
    const { progress, signal } = this.props;
    const result = await runCommand(process.execPath, [program, command, ...args, ...COMMON], {
      cwd,
      env: this.environment(),
      signal,
      onLine: (line) => {
        const event = STACK_EVENT.exec(line);
        if (event !== null) progress(`${command} ${event[1]}: ${event[2]} of ${event[3]}`);
      },
    });
    if (result.code !== 0) {
      throw new LocalError(`cdk ${command} failed:\n${tail(`${result.stdout}\n${result.stderr}`)}`);
    }
  }

  /**
   * The shell's environment without AWS settings and proxies, so that no call leaves this machine.
   */
  private environment(): NodeJS.ProcessEnv {
    const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|CDK_|.*_proxy$)/i.test(name));
    const { endpoint, region, certificate } = this.props;
    return {
      ...Object.fromEntries(kept),
      ...localCredentials(endpoint, region),
      AWS_CA_BUNDLE: certificate,
      NODE_EXTRA_CA_CERTS: certificate,
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      CDK_VALIDATION: 'false',
    };
  }
}

/** The lines of an output that look like errors. If there are none, the last lines. */
function tail(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.filter((line) => /FAILED|error|❌|must |cannot|Unrecognized/i.test(line));
  const chosen = telling.length > 0 ? telling : lines;
  return chosen
    .slice(-LINES_OF_AN_ERROR)
    .map((line) => `  ${line.slice(0, 600)}`)
    .join('\n');
}
