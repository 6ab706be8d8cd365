import { DescribeScalableTargetsCommand } from '@aws-sdk/client-application-auto-scaling';
import { awsClients } from '../../../lambdas/system/floor-controller/aws-clients';
import { FakeScaling, type ScalingServer, serveScaling } from '../../../local/scaling';

/** Only the settings that differ from the SDK's defaults. */
interface Configured {
  readonly config: {
    readonly maxAttempts: () => Promise<number>;
    readonly requestHandler: { readonly configProvider: Promise<Record<string, unknown>> };
  };
}

describe('the clients of the floor controller', () => {
  test.each(Object.entries(awsClients()))(
    '%s: an attempt ends after 4 s, and the third is the last',
    async (_, client) => {
      const { config } = client as unknown as Configured;
      expect(await config.maxAttempts()).toBe(3);
      expect(await config.requestHandler.configProvider).toMatchObject({
        connectionTimeout: 2_000,
        requestTimeout: 4_000,
        throwOnRequestTimeout: true,
      });
    },
  );

  describe('of Application Auto Scaling', () => {
    const environment = process.env;
    let server: ScalingServer;
    beforeEach(async () => {
      const place = { region: 'us-east-1', account: '123456789012' };
      const concurrency = { read: async () => 0, write: async () => {} };
      const fake = new FakeScaling({ ...place, now: Date.now, concurrency });
      server = await serveScaling({ fake, region: place.region, now: Date.now });
      process.env = {
        ...environment,
        AWS_REGION: place.region,
        AWS_ACCESS_KEY_ID: 'key',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING: server.url,
      };
    });
    afterEach(async () => {
      process.env = environment;
      await server.close();
    });

    test('calls the endpoint that its variable names, signed, in the protocol of the service', async () => {
      const command = new DescribeScalableTargetsCommand({ ServiceNamespace: 'lambda' });
      expect(await awsClients().autoScaling.send(command)).toMatchObject({ ScalableTargets: [] });
    });
  });
});
