import { floorController } from '../../../lambdas/system/floor-controller';
import { Environment } from '../../../lib/protocol';
import { FakeCloud, FLOOR_CONTROLLER, RESOURCE_ID, STACK, TARGET } from './fake-cloud';

const CONTEXT = { getRemainingTimeInMillis: () => 60_000 };
const TURN = {
  RequestType: 'Create' as const,
  ServiceToken: 'token',
  ResponseURL: 'https://answers.example/here',
  StackId: 'stack',
  RequestId: 'request',
  LogicalResourceId: 'Registration',
  ResourceType: 'Custom::BreakwaterScalableTarget',
  ResourceProperties: { ServiceToken: 'token', Target: JSON.stringify(TARGET) },
};

describe('the floor controller', () => {
  let cloud: FakeCloud;
  let lines: Record<string, unknown>[];
  let answers: Record<string, unknown>[];
  let handler: ReturnType<typeof floorController>;
  const environment = process.env;

  beforeEach(async () => {
    cloud = await FakeCloud.start();
    cloud.now = Date.now();
    lines = [];
    answers = [];
    handler = floorController({ clients: cloud.clients, now: () => cloud.now });
    process.env = {
      ...environment,
      AWS_LAMBDA_FUNCTION_NAME: FLOOR_CONTROLLER,
      [Environment.CAPACITY_TABLE]: 'capacity',
      [Environment.STACK]: STACK,
    };
    const { fetch } = globalThis;
    jest.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
      if (new URL(String(url)).hostname !== 'answers.example') return fetch(url, init);
      answers.push(JSON.parse(Buffer.from(init!.body as Uint8Array).toString()) as Record<string, unknown>);
      return new Response();
    });
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      lines.push(JSON.parse(String(text)) as Record<string, unknown>);
      return true;
    });
    jest.spyOn(console, 'log').mockImplementation(() => {});
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    process.env = environment;
    await cloud.stop();
  });

  test('registers a target for its stack, and works on a minute for its schedule', async () => {
    await handler(TURN, CONTEXT);
    expect(answers).toEqual([expect.objectContaining({ Status: 'SUCCESS', PhysicalResourceId: RESOURCE_ID })]);
    cloud.measure('checkout', cloud.minute - 100, cloud.minute, () => 3);
    await handler(TARGET, CONTEXT);
    expect(lines).toEqual([
      expect.objectContaining({ mode: 'learning', Target: 'Shop/Checkout', Floor: 2, Demand: 3, Degraded: 0 }),
    ]);
    expect(lines[0]).toMatchObject({
      _aws: { CloudWatchMetrics: [{ Namespace: 'Breakwater/Capacity', Dimensions: [['Target']] }] },
    });
    // The metrics that are announced are there.
    const [
      {
        _aws: { CloudWatchMetrics },
        ...values
      },
    ] = lines as [Record<string, unknown> & { _aws: { CloudWatchMetrics: { Metrics: { Name: string }[] }[] } }];
    for (const { Name } of CloudWatchMetrics[0]!.Metrics) expect(typeof values[Name]).toBe('number');
  });

  test('fails a deployment with the name of what is missing, instead of leaving it without an answer', async () => {
    delete process.env[Environment.CAPACITY_TABLE];
    await handler(TURN, CONTEXT);
    expect(answers).toEqual([
      expect.objectContaining({
        Status: 'FAILED',
        Reason: 'environment variable BREAKWATER_CAPACITY_TABLE must be set, got nothing; its construct sets it',
      }),
    ]);
  });

  test('fails a tick that names no target', async () => {
    await expect(handler({} as typeof TARGET, CONTEXT)).rejects.toThrow('name must be a non-empty string, got nothing');
  });

  test('forgets a target that nobody asked about for an hour, and no other', async () => {
    const search = { ...TARGET, functionName: 'search', name: 'Shop/Search' };
    for (const [logical, target] of [['A', TARGET] as const, ['B', search] as const]) {
      const ResourceProperties = { ServiceToken: 'token', Target: JSON.stringify(target) };
      await handler({ ...TURN, LogicalResourceId: logical, ResourceProperties }, CONTEXT);
    }
    const started = cloud.now;
    const readsAt = async (minutes: number, target: typeof TARGET) => {
      cloud.now = started + minutes * 60_000;
      cloud.calls.length = 0;
      // Nothing is provisioned for the second: what is asked before that is enough here.
      await handler(target, CONTEXT).catch(() => undefined);
      return cloud.count('dynamodb.Query');
    };
    await readsAt(1, TARGET);
    await readsAt(2, search);
    expect(await readsAt(58, TARGET)).toBe(0);
    await readsAt(70, search);
    expect(await readsAt(118, TARGET)).toBe(0);
    await readsAt(179, search);
    expect(await readsAt(180, TARGET)).toBe(1);
  });

  test('forgets what it remembers of a target that is described anew', async () => {
    await handler({ ...TURN, LogicalResourceId: 'Other' }, CONTEXT);
    await handler(TARGET, CONTEXT);
    cloud.calls.length = 0;
    cloud.now += 60_000;
    await handler({ ...TARGET, indicators: ['search'] }, CONTEXT);
    expect(cloud.count('dynamodb.Query')).toBe(1);
  });
});
