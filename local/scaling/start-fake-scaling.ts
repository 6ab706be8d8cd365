import { Environment } from '../../lib/protocol';
import type { CloudApi } from '../../testing';
import type { AssemblyStack } from '../assembly';
import type { CertificateFiles } from '../cloud';
import { missingRights, statementsOfCaller } from './caller-rights';
import { EmulatorConcurrency } from './concurrency';
import { FakeScaling } from './fake-scaling';
import { type ScalingServer, serveScaling } from './serve-scaling';

export interface StartFakeScalingProps {
  /** Client of the emulator in the Region of the fake. */
  readonly api: CloudApi;
  readonly account: string;
  readonly stacks: readonly Pick<AssemblyStack, 'template'>[];
  readonly certificate: CertificateFiles;
  /** Receives a line for each request. */
  readonly log?: (line: string) => void;
}

/**
 * Starts the fake of Application Auto Scaling for an app. It is always started, but only an app
 * with a floor controller calls it. Profiles that provision capacity have a floor controller.
 */
export function startFakeScaling(props: StartFakeScalingProps): Promise<ScalingServer> {
  const { api, account, stacks, certificate, log } = props;
  const { region } = api.props;
  const common = { now: Date.now, log };
  const statements = stacks.flatMap(({ template }) =>
    statementsOfCaller(template.Resources ?? {}, Environment.CAPACITY_TABLE),
  );
  const fake = new FakeScaling({
    ...common,
    region,
    account,
    concurrency: new EmulatorConcurrency(api),
    missingRights: () => missingRights(statements),
  });
  return serveScaling({ ...common, fake, region, certificate });
}
