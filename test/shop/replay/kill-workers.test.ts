import { type FunctionProcess, parseEmulator, parseProcesses } from '../../../local/cloud/function-processes';
import { killRelay, killWorkers } from '../../../shop/replay/kill-workers';
import type { RunningShop } from '../../../shop/running-shop';

const resource = (logicalId: string, physicalId: string, type = 'AWS::Lambda::Function') => ({
  logicalId,
  physicalId,
  type,
});
const SHOP = {
  resources: [
    resource('ShopPaymentsFunction0A1B2C3D', 'Shop-Payments-1'),
    resource('ShopMailFunction0A1B2C3D', 'Shop-Mail-1'),
    resource('BreakwaterRelayFunction0A1B2C3D', 'Shop-Relay-1'),
    resource('ShopCheckoutFunction0A1B2C3D', 'Shop-Checkout-1'),
    resource('ShopMailFunctionRole0A1B2C3D', 'Shop-Mail-Role', 'AWS::IAM::Role'),
  ],
} as unknown as RunningShop;

const PROCESSES: readonly FunctionProcess[] = [
  { pid: 1, functionName: 'Shop-Payments-1' },
  { pid: 2, functionName: 'Shop-Mail-1' },
  { pid: 3, functionName: 'Shop-Checkout-1' },
  { pid: 4, functionName: 'Shop-Payments-1' },
  { pid: 5, functionName: 'Shop-Relay-1' },
];

function fake() {
  const killed: number[] = [];
  return {
    killed,
    processes: async () => [...PROCESSES],
    kill: (pid: number) => void killed.push(pid),
    sleep: async () => undefined,
  };
}

test('only workers are killed, as many as asked for, in an order that can be repeated', async () => {
  const [one, other] = [fake(), fake()];
  const counts = await killWorkers(SHOP, 20, new AbortController().signal, one);
  await killWorkers(SHOP, 20, new AbortController().signal, other);
  expect(one.killed).toHaveLength(20);
  expect(new Set(one.killed)).toEqual(new Set([1, 2, 4]));
  expect(other.killed).toEqual(one.killed);
  expect([...counts.keys()].sort()).toEqual(['Mail', 'Payments']);
});

test('the relay is killed on its own', async () => {
  const { killed, ...rest } = fake();
  const counts = await killRelay(SHOP, 2, new AbortController().signal, {
    ...rest,
    kill: (pid) => void killed.push(pid),
  });
  expect([killed, [...counts]]).toEqual([[5, 5], [['Relay', 2]]]);
});

test('a process that has just ended is not counted; any other failure is thrown', async () => {
  let gone = 0;
  const kill = () => {
    if (gone++ === 0) throw Object.assign(new Error('gone'), { code: 'ESRCH' });
  };
  const counts = await killWorkers(SHOP, 3, new AbortController().signal, { ...fake(), kill });
  expect([gone, [...counts.values()].reduce((sum, n) => sum + n, 0)]).toEqual([4, 3]);
  const forbidden = () => {
    throw Object.assign(new Error('not yours'), { code: 'EPERM' });
  };
  await expect(killWorkers(SHOP, 1, new AbortController().signal, { ...fake(), kill: forbidden })).rejects.toThrow(
    'not yours',
  );
});

test('the end of the replay ends it', async () => {
  const done = new AbortController();
  const { killed, ...rest } = fake();
  await killWorkers(SHOP, 100, done.signal, { ...rest, kill: () => done.abort() });
  expect(killed).toEqual([]);
});

test('processes are recognised by their run folder and their function', () => {
  const output = [
    '  10 node /runs/run-1/tmp/ministack-lambda-Shop-ShopMailFunction1-9A9FCE-49k886nn/_worker.js',
    '  11 node /runs/run-10/tmp/ministack-lambda-Shop-Other-1-abc/_worker.js',
    '  12 node /runs/run-1/else.js',
    '',
  ].join('\n');
  expect(parseProcesses(output, '/runs/run-1')).toEqual([{ pid: 10, functionName: 'Shop-ShopMailFunction1-9A9FCE' }]);
});

test('the emulator is recognised by its run folder, and not taken for its watchdog', () => {
  const output = [
    '    9 node /app/watchdog.mjs /bin/python /app/serve.py /runs/run-1/serve.sock',
    '   10 /bin/python /app/serve.py /runs/run-10/serve.sock',
    '   11 /bin/python /app/serve.py /runs/run-1/serve.sock',
    '',
  ].join('\n');
  expect([parseEmulator(output, '/runs/run-1'), parseEmulator(output, '/runs/run-2')]).toEqual([11, undefined]);
});
