import * as path from 'node:path';
import { runCommand, shellEnvironment } from '../../local/cloud';
import { localCredentials } from '../../local/deploy';

export interface CdkCliProps {
  /** Folder of the app, with its `cdk.json` and the package `aws-cdk`. */
  readonly appDirectory: string;
  readonly endpoint: string;
  readonly region: string;
  readonly account: string;
  /** File with the certificate to trust. */
  readonly certificate: string;
}

const COMMON = ['--no-notices', '--no-color', '--no-version-reporting'];
const LINES_OF_AN_ERROR = 12;

/** The real CDK CLI. It can call only the local AWS emulator. */
export class CdkCli {
  public constructor(private readonly props: CdkCliProps) {}

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
    const env = this.environment();
    const result = await runCommand(process.execPath, [program, command, ...args, ...COMMON], { cwd, env });
    if (result.code !== 0) {
      throw new Error(`cdk ${command} failed:\n${tail(`${result.stdout}\n${result.stderr}`)}`);
    }
  }

  private environment(): NodeJS.ProcessEnv {
    const { endpoint, region, certificate } = this.props;
    return {
      ...shellEnvironment(),
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
