import { execFileSync } from 'node:child_process';
import * as path from 'node:path';
import { knownTypes, prepareAssembly, readAssembly } from '../../local/assembly';
import { Emulator, LOCAL_ACCOUNT, LOCAL_REGION, stopCommands } from '../../local/cloud';
import { Deployer, localCredentials, type RunningStack } from '../../local/deploy';
import type { LocalResource } from '../../local/running-app';
import { CloudApi } from '../../testing';
import { PROJECT_ROOT } from './project-root';

const PLACE = { region: LOCAL_REGION, account: LOCAL_ACCOUNT };

/** An app of this repository that is deployed to a local AWS emulator. */
export class DeployedApp {
  /**
   * Starts an emulator, synthesizes the app, and deploys its stacks.
   * @param name of the folders with the app's output
   * @param file path of the app's file in this repository
   */
  public static async start(name: string, ...file: string[]): Promise<DeployedApp> {
    const folder = process.env['BREAKWATER_E2E_FOLDER']!;
    const certificate = { certificate: path.join(folder, 'certificate.pem'), key: path.join(folder, 'key.pem') };
    const emulator = await Emulator.start({ folder, certificate });
    try {
      const { endpoint } = emulator;
      Object.assign(process.env, localCredentials(endpoint, LOCAL_REGION));
      const synthesized = path.join(folder, `${name}.out`);
      execFileSync(process.execPath, ['--import', 'tsx', path.join(...file)], {
        cwd: PROJECT_ROOT,
        env: { ...process.env, CDK_OUTDIR: synthesized, CDK_VALIDATION: 'false' },
        stdio: 'pipe',
      });
      const props = { edgeUrls: [], known: await knownTypes() };
      const assembly = prepareAssembly(readAssembly(synthesized, PLACE), path.join(folder, `${name}-assembly`), props);
      const ignore = () => undefined;
      const stacks = await new Deployer({ endpoint, progress: ignore, line: ignore }).deploy(assembly);
      return new DeployedApp(emulator, stacks);
    } catch (error) {
      await emulator.stop();
      throw error;
    }
  }

  /** Calls services as the account's root. */
  public readonly api: CloudApi;

  private constructor(
    private readonly emulator: Emulator,
    public readonly stacks: readonly RunningStack[],
  ) {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    this.api = new CloudApi({ endpoint: emulator.endpoint, region: LOCAL_REGION, credentials });
  }

  /** Physical ID of a resource, whichever stack it is in. */
  public physicalId(type: string, logicalId: RegExp): string {
    const resources = this.stacks.flatMap((stack) => stack.resources);
    return physicalId(resources, type, logicalId);
  }

  public async stop(): Promise<void> {
    await stopCommands();
    await this.emulator.stop();
  }
}

/** Physical ID of the resource with a logical ID. */
export function physicalId(resources: readonly LocalResource[], type: string, logicalId: RegExp): string {
  const found = resources.filter((one) => one.type === type);
  const match = found.find((one) => logicalId.test(one.logicalId));
  if (match === undefined) throw new Error(`no ${type} like ${logicalId}, got ${found.map((one) => one.logicalId)}`);
  return match.physicalId;
}
