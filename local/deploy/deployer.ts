import { CloudApi } from '../../testing';
import { type PreparedAssembly, type PreparedStack, UPLOAD_OUTPUT } from '../assembly';
import { Publisher } from './publish';
import { putGivenValues } from './ssm-values';
import { type DeployedStack, describeStack } from './stack';
import { StackRun } from './stack-run';
import { uploadFiles } from './upload-files';

export interface DeployerProps {
  /** Address of the local AWS emulator. This process trusts its certificate. */
  readonly endpoint: string;
  /** Shows progress. Each text replaces the previous one. */
  readonly progress: (text: string) => void;
  /** Prints a line for the user. */
  readonly line: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** A stack of the app that runs in the local AWS emulator. */
export interface RunningStack extends PreparedStack, DeployedStack {
  /** Whether this deployment changed the stack. */
  readonly changed: boolean;
}

/**
 * Client of the local AWS emulator for one account and Region. The emulator interprets an access
 * key ID of twelve digits as the account's number.
 */
export function cloudApiAt(
  endpoint: string,
  { account, region }: { readonly account: string; readonly region: string },
): CloudApi {
  return new CloudApi({ endpoint, region, credentials: { accessKeyId: account, secretAccessKey: 'test' } });
}

/** Clients of the emulator, one for each Region. */
export function cloudApisAt(endpoint: string, account: string): (region: string) => CloudApi {
  const made = new Map<string, CloudApi>();
  return (region) => {
    const api = made.get(region) ?? cloudApiAt(endpoint, { account, region });
    made.set(region, api);
    return api;
  };
}

/**
 * Deploys prepared assemblies to the local AWS emulator by CloudFormation's own calls, without the
 * CDK CLI: it publishes files, creates or updates stacks, and uploads the files of bucket
 * deployments. The account needs no bootstrap, and roles that the assembly names aren't assumed. A
 * deployer can deploy several assemblies of the same app one after the other. Files that haven't
 * changed aren't published again.
 */
export class Deployer {
  private readonly publisher: Publisher;
  /** Finished uploads by stack. */
  private readonly uploaded = new Map<string, string>();

  public constructor(private readonly props: DeployerProps) {
    this.publisher = new Publisher((place) => cloudApiAt(props.endpoint, place), props.line);
  }

  /**
   * Deploys all stacks, each one after the stacks that it depends on. A stack that an earlier
   * attempt left in a state that can't be updated is deleted first.
   * @throws LocalError with the construct path and the reason of the first resource that failed
   */
  public async deploy(assembly: PreparedAssembly): Promise<RunningStack[]> {
    const running: RunningStack[] = [];
    for (const stack of assembly.stacks) running.push(await this.deployStack(stack));
    return running;
  }

  private async deployStack(stack: PreparedStack): Promise<RunningStack> {
    const { endpoint, progress, signal } = this.props;
    const api = cloudApiAt(endpoint, stack);
    progress(`deploy ${stack.id}`);
    await putGivenValues(api, stack);
    const templateUrl = await this.publisher.publish(stack);
    const changed = await new StackRun({ api, stack, templateUrl, progress, signal }).run();
    const described = await describeStack(api, stack);
    await this.upload(api, stack, described);
    const own = Object.entries(described.outputs).filter(([name]) => !name.startsWith(UPLOAD_OUTPUT));
    return { ...stack, ...described, outputs: Object.fromEntries(own), changed };
  }

  private async upload(api: CloudApi, stack: PreparedStack, { outputs, nestedOutputs }: DeployedStack): Promise<void> {
    if (stack.uploads.length === 0) return;
    const values = { ...nestedOutputs, ...outputs };
    const uploadValues = Object.entries(values).filter(([name]) => name.startsWith(UPLOAD_OUTPUT));
    const work = JSON.stringify([stack.uploads, uploadValues]);
    if (this.uploaded.get(stack.id) === work) return;
    for (const upload of stack.uploads) {
      const count = await uploadFiles(api, upload, values);
      this.props.progress(`${upload.path}: ${count} files uploaded`);
    }
    this.uploaded.set(stack.id, work);
  }
}
