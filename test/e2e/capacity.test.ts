import { DEFAULT_REACTIVE_TARGET } from '../../lambdas/system/forecast/forecaster';
import { MINUTES_PER_DAY } from '../../lambdas/system/forecast/minutes';
import { ACTING_TARGET } from '../../lambdas/system/forecast/policies';
import { demandAt, putHistory, QUIET, SURGE } from './capacity-history';
import { CapacityLoop, minuteNow } from './capacity-loop';
import { measureFirstAnswer, simulateColdStarts } from './capacity-savings';
import { LEAD_MINUTES, MAX, MIN } from './capacity-stack';

/**
 * The whole loop of predictive scaling: two weeks of minutes in CloudWatch, the deployed forecaster started as its schedule starts it, and
 * the floor that it stores before the surge. `launch.ts` starts it with a certificate that this process trusts.
 */

/** The surge of each morning begins so many minutes after the forecaster runs: the floor must be there before anybody asks for it. */
const UNTIL_SURGE = 3;

let loop: CapacityLoop;
/** Minute at which the next surge begins. */
let surgeAt: number;

beforeAll(async () => {
  loop = await CapacityLoop.start(process.env['BREAKWATER_E2E_FOLDER']!);
});

afterAll(async () => {
  await loop?.stop();
  expect(loop?.lost).toEqual([]);
});

test('the deployment leaves out nothing, and tells the forecaster where the stand-in is', () => {
  expect(loop.assembly.dropped).toEqual([]);
  const functions = loop.assembly.patched.filter(({ type }) => type === 'AWS::Lambda::Function');
  expect(functions.map(({ what }) => what)).toEqual([
    expect.stringMatching(/calls a stand-in for Application Auto Scal/),
  ]);
});

test('the deployment registers the alias with its own bounds, under reactive scaling', async () => {
  expect(await loop.standing()).toEqual({ min: MIN, max: MAX, target: DEFAULT_REACTIVE_TARGET, provisioned: MIN });
  expect(loop.schedule).toMatchObject({ ScheduleExpression: 'rate(1 minute)' });
  expect(loop.target).toMatchObject({ min: MIN, max: MAX, leadMinutes: LEAD_MINUTES });
  // By the function's own session, not by who deployed it.
  const [registered, policed, ...others] = loop.changes();
  expect(registered).toMatch(/RegisterScalableTarget of ASIA\w+: 200$/);
  expect(policed).toMatch(/PutScalingPolicy of ASIA\w+: 200$/);
  expect(others).toEqual([]);
});

test('two weeks of mornings raise the floor before the surge of this one', async () => {
  const now = minuteNow();
  surgeAt = now + UNTIL_SURGE;
  // As far back as the embedded cloud keeps minutes, which with the lead is just what the forecaster wants before it acts.
  const from = now - 14 * MINUTES_PER_DAY;
  await putHistory(loop.api, loop.target.functionName, from, now, (minute) => demandAt(minute, surgeAt));
  const line = await loop.tick();
  expect(line).toMatchObject({ mode: 'acting', Acting: 1, Degraded: 0 });
  // Nobody has called more than in other quiet minutes yet.
  expect(line['Demand']).toBeLessThan(2 * QUIET);
  expect(minuteNow()).toBeLessThan(surgeAt);
  const { min, target, provisioned } = await loop.standing();
  expect(min).toBe(line['Floor']);
  expect(min).toBeGreaterThan(0.8 * SURGE);
  expect(target).toBe(ACTING_TARGET);
  expect(provisioned).toBe(min);
  say(
    `a surge to ${SURGE} executions at once is ${UNTIL_SURGE} minutes away, ${line['Demand']} are running: the stored floor went ` +
      `from ${MIN} to ${min}, in Lambda ${provisioned}; ${line['reason']}`,
  );
});

test('another run in the same minute changes nothing', () =>
  inOneMinute(async () => {
    await loop.tickAgain();
    const before = [await loop.standing(), loop.changes()];
    expect(await loop.tickAgain()).toMatchObject({ mode: 'acting' });
    expect([await loop.standing(), loop.changes()]).toEqual(before);
  }));

test('while a deployment shifts traffic it leaves the floor alone, and goes on afterwards', () =>
  inOneMinute(async () => {
    const { Floor: floor } = (await loop.tickAgain()) as { Floor: number };
    await loop.setFloor(MIN + 1);
    await loop.shiftTraffic(0.1);
    try {
      expect(await loop.tickAgain()).toMatchObject({ mode: 'paused', Acting: 0, Degraded: 0 });
      expect(await loop.standing()).toMatchObject({ min: MIN + 1 });
      // As Lambda would, the stand-in provisions nothing for such an alias: only the bound moves.
      const { provisioned } = await loop.standing();
      await loop.setFloor(provisioned + 5);
      expect(await loop.standing()).toMatchObject({ min: provisioned + 5, provisioned });
    } finally {
      await loop.shiftTraffic(0);
    }
    expect(await loop.tickAgain()).toMatchObject({ mode: 'acting', Floor: floor });
    expect(await loop.standing()).toMatchObject({ min: floor });
  }));

test('a floor that no run renews is taken back by itself', () =>
  inOneMinute(async () => {
    const { Floor: floor } = await loop.tickAgain();
    try {
      await loop.standInAfter(5);
      expect(await loop.standing()).toMatchObject({ min: floor });
      await loop.standInAfter(16);
      expect(await loop.standing()).toMatchObject({ min: MIN });
    } finally {
      loop.ahead = 0;
    }
    expect(await loop.tickAgain()).toMatchObject({ mode: 'acting' });
    expect(await loop.standing()).toMatchObject({ min: floor });
  }));

test('without CloudWatch it falls back to the minimum and to reactive scaling, and says so', async () => {
  const policy = { RoleName: loop.physicalId('AWS::IAM::Role', /ForecasterFunctionRole/), PolicyName: 'broken' };
  const Statement = [{ Effect: 'Deny', Action: 'cloudwatch:GetMetricData', Resource: '*' }];
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await loop.api.query('iam', '2010-05-08', 'PutRolePolicy', { ...policy, PolicyDocument });
  expect(await loop.tickAgain()).toMatchObject({
    mode: 'degraded',
    Acting: 0,
    Degraded: 1,
    Floor: MIN,
    reason: expect.stringContaining('GetMetricData'),
  });
  const { min, target } = await loop.standing();
  expect(min).toBe(MIN);
  expect(target).toBeLessThan(ACTING_TARGET);
  await loop.api.query('iam', '2010-05-08', 'DeleteRolePolicy', policy);
  expect(await loop.tickAgain()).toMatchObject({ mode: 'acting', Degraded: 0 });
});

test('the schedule itself reaches the forecaster', async () => {
  await loop.forgetMinute();
  const before = await loop.lastRun();
  // A copy that is due now, since the deployed one would take a minute, and the embedded cloud runs no schedule whose time was changed.
  const due = {
    ...loop.schedule,
    ScheduleExpression: `at(${new Date().toISOString().slice(0, 19)})`,
    State: 'ENABLED',
  };
  await loop.api.rest('scheduler', 'POST', '/schedules/due-now', JSON.stringify(due));
  for (let tries = 0; (await loop.lastRun()) === before; tries++) {
    if (tries === 150) throw new Error('no run came within 30 seconds');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await loop.api.rest('scheduler', 'DELETE', '/schedules/due-now');
});

test('simulated: most cold starts of the surge are spared', async () => {
  const { min: floor } = await loop.standing();
  const quiet = 2 * 60;
  const demand = Float64Array.from({ length: quiet + 60 }, (_, i) => demandAt(surgeAt - quiet + i, surgeAt));
  const bounds = { lead: LEAD_MINUTES, min: MIN, max: MAX, reactiveTarget: DEFAULT_REACTIVE_TARGET };
  const { reactive, ahead } = simulateColdStarts(demand, quiet, floor, bounds);
  const { template, logicalId } = loop.scaledFunction();
  const ms = await measureFirstAnswer(loop.assembly.directory, template, logicalId);
  say(
    `SIMULATED, since nothing is provisioned here: of ${reactive} cold starts in the first hour of the surge a floor of ${floor} leaves ` +
      `${ahead}; one takes ${ms.toFixed(0)} ms on this machine, from a process's start to its first answer, so ` +
      `${(((reactive - ahead) * ms) / 1000).toFixed(1)} s of waiting are spared`,
  );
  expect(reactive).toBeGreaterThan(SURGE / 2);
  expect(ahead).toBeLessThan(reactive / 2);
});

test('cdk destroy deregisters the alias, with its policy and its scheduled action', async () => {
  await loop.destroy();
  const all = { ServiceNamespace: 'lambda' };
  expect(await loop.autoScaling('DescribeScalableTargets', all)).toEqual({ ScalableTargets: [] });
  expect(await loop.autoScaling('DescribeScalingPolicies', all)).toEqual({ ScalingPolicies: [] });
  expect(await loop.autoScaling('DescribeScheduledActions', all)).toEqual({ ScheduledActions: [] });
});

/** One line for whoever watches. */
function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/**
 * Runs steps that compare what the forecaster does in one and the same minute, once more if a minute has ended in between: every minute
 * has a floor of its own.
 */
async function inOneMinute(steps: () => Promise<void>): Promise<void> {
  for (;;) {
    const minute = minuteNow();
    try {
      return await steps();
    } catch (error) {
      if (minuteNow() === minute) throw error;
    }
  }
}
