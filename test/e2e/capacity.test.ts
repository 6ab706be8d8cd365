import { DEFAULT_REACTIVE_TARGET } from '../../forecast/decide';
import { MINUTES_PER_DAY } from '../../forecast/minutes';
import { ACTING_TARGET } from '../../forecast/policies';
import type { JsonObject } from '../../testing';
import { demandAt, PEAK, putHistory, QUIET } from './capacity-history';
import { CapacityLoop, minuteNow } from './capacity-loop';
import { measureFirstAnswer, type Savings, simulateColdStarts } from './capacity-savings';
import { LEAD_MINUTES, MAX, MIN } from './capacity-stack';
import { CapacityStory, clockTime } from './capacity-story';

/**
 * The whole loop of predictive scaling: two weeks of minutes in CloudWatch, the deployed floor controller started as by its schedule,
 * and the floor that it stores before the peak. `launch.ts` starts it with a certificate that this process trusts.
 */

/** Minutes from the floor controller's run to the morning's peak. The floor must be stored before the peak begins. */
const UNTIL_PEAK = 3;
/**
 * Number of last minutes that are published one by one, with a run of the floor controller after each. This shows its decisions
 * minute by minute without waiting. With more of them, less than two weeks would be known at first.
 */
const MINUTE_BY_MINUTE = 3;
/** Minutes of the peak that are shown: until target tracking alone has caught up. */
const SHOWN = [0, 1, 2, 5, 8];
/** Minutes before the peak at which the simulation of target tracking starts. */
const QUIET_MINUTES = 2 * 60;

const story = new CapacityStory();
let loop: CapacityLoop;
/** Minute at which the next peak begins. */
let peakAt: number;

/** Floor stored just before the peak. */
let ready = MIN;

beforeAll(async () => {
  story.tell(
    'the CDK CLI deploys an alias and its floor controller on the local AWS emulator (Application Auto Scaling: a fake)',
  );
  loop = await CapacityLoop.start(process.env['BREAKWATER_E2E_FOLDER']!);
});

afterAll(async () => {
  for (const line of loop?.changes() ?? []) story.keep('auto-scaling.txt', line);
  await loop?.stop();
  expect(loop?.lost).toEqual([]);
});

test('the deployment leaves out nothing, and gives the floor controller the address of the fake', () => {
  expect(loop.assembly.dropped).toEqual([]);
  const functions = loop.assembly.patched.filter(({ type }) => type === 'AWS::Lambda::Function');
  expect(functions.map(({ what }) => what)).toEqual([expect.stringMatching(/calls the fake of Application Auto Scal/)]);
});

test('the deployment registers the alias with its own bounds, under reactive scaling', async () => {
  expect(await loop.standing()).toEqual({ min: MIN, max: MAX, target: DEFAULT_REACTIVE_TARGET, provisioned: MIN });
  expect(loop.schedule).toMatchObject({ ScheduleExpression: 'rate(1 minute)' });
  expect(loop.target).toMatchObject({ min: MIN, max: MAX, leadMinutes: LEAD_MINUTES });
  // The session of the function made it, not the deploying user.
  const [registered, policed, ...others] = loop.changes();
  expect(registered).toMatch(/RegisterScalableTarget of ASIA\w+: 200$/);
  expect(policed).toMatch(/PutScalingPolicy of ASIA\w+: 200$/);
  expect(others).toEqual([]);
});

test('two weeks of mornings raise the floor before the peak of this morning', async () => {
  const now = minuteNow();
  peakAt = now + UNTIL_PEAK;
  const put = (from: number, until: number) =>
    putHistory(loop.api, loop.target.functionName, from, until, (minute) => demandAt(minute, peakAt));
  // The emulator keeps minutes for 14 days. With the lead time that is the minimum before the floor controller acts.
  await put(now - 14 * MINUTES_PER_DAY, now - MINUTE_BY_MINUTE);
  const each = `about ${QUIET} concurrent executions, and every day from ${clockTime(peakAt)} a traffic spike of up to ${PEAK}`;
  story.tell(`loaded 14 days of minutes into CloudWatch: ${each}`);
  const alone = simulatePeak(MIN).reactive.provision;
  const floors: number[] = [];
  let line: JsonObject = {};
  for (let known = now - MINUTE_BY_MINUTE; known <= now; known++) {
    if (floors.length > 0) await put(known - 1, known);
    line = await loop.tickAgain();
    story.keep('floor-controller.jsonl', JSON.stringify(line));
    expect(line).toMatchObject({ mode: 'acting', Acting: 1, Degraded: 0 });
    // The demand is still that of a quiet minute.
    expect(line['Demand']).toBeLessThan(2 * QUIET);
    if (floors.length === 0) tellDecision(String(line['reason']), known - 2, alone);
    floors.push(Number(line['Floor']));
    const [minute, demand, floor] = [known - 1, Number(line['Demand']), floors.at(-1)!];
    story.row({ minute, demand, floor, alone: alone[indexOf(minute)]! });
  }
  expect(minuteNow()).toBeLessThan(peakAt);
  // Each minute is nearer to the peak.
  expect(floors[0]).toBeLessThan(floors.at(-1)!);
  expect(floors).toEqual(floors.toSorted((a, b) => a - b));
  const { min, target, provisioned } = await loop.standing();
  ready = min;
  expect(min).toBe(line['Floor']);
  expect(min).toBeGreaterThan(0.8 * PEAK);
  expect(target).toBe(ACTING_TARGET);
  expect(provisioned).toBe(min);
  tellPeak();
});

test('simulated: most cold starts of the peak are avoided', async () => {
  const { reactive, ahead } = simulatePeak(ready);
  const [without, left] = [reactive.coldStarts.at(-1)!, ahead.coldStarts.at(-1)!];
  const { template, logicalId } = loop.scaledFunction();
  const ms = await measureFirstAnswer(loop.assembly.directory, template, logicalId);
  const spared = `${(((without - left) * ms) / 1000).toFixed(1)} s of waiting less`;
  story.tell(
    `simulated: in the first hour of the spike ${left} cold starts instead of ${without}, ${spared}: one takes`,
  );
  story.divide(
    `${ms.toFixed(0)} ms, measured here from a process's start to its first answer (without Lambda's own preparation of an instance)`,
  );
  expect(without).toBeGreaterThan(PEAK / 2);
  expect(left).toBeLessThan(without / 2);
});

test('another run in the same minute changes nothing', () =>
  inOneMinute(async () => {
    await loop.tickAgain();
    const before = [await loop.standing(), loop.changes()];
    expect(await loop.tickAgain()).toMatchObject({ mode: 'acting' });
    expect([await loop.standing(), loop.changes()]).toEqual(before);
  }));

test('while a deployment shifts traffic the floor is left unchanged, and follows the forecast afterwards', () =>
  inOneMinute(async () => {
    const { Floor: floor } = (await loop.tickAgain()) as { Floor: number };
    await loop.setFloor(MIN + 1);
    await loop.shiftTraffic(0.1);
    try {
      expect(await loop.tickAgain()).toMatchObject({ mode: 'paused', Acting: 0, Degraded: 0 });
      expect(await loop.standing()).toMatchObject({ min: MIN + 1 });
      // As Lambda, the fake provisions nothing for such an alias: only the bound moves.
      const { provisioned } = await loop.standing();
      await loop.setFloor(provisioned + 5);
      expect(await loop.standing()).toMatchObject({ min: provisioned + 5, provisioned });
    } finally {
      await loop.shiftTraffic(0);
    }
    expect(await loop.tickAgain()).toMatchObject({ mode: 'acting', Floor: floor });
    expect(await loop.standing()).toMatchObject({ min: floor });
  }));

test('a floor that no run renews expires', () =>
  inOneMinute(async () => {
    const { Floor: floor } = await loop.tickAgain();
    try {
      await loop.runDueActionsAfter(5);
      expect(await loop.standing()).toMatchObject({ min: floor });
      await loop.runDueActionsAfter(16);
      expect(await loop.standing()).toMatchObject({ min: MIN });
    } finally {
      loop.ahead = 0;
    }
    expect(await loop.tickAgain()).toMatchObject({ mode: 'acting' });
    expect(await loop.standing()).toMatchObject({ min: floor });
  }));

test('without CloudWatch it falls back to the minimum and to reactive scaling, and says so', async () => {
  const policy = { RoleName: loop.physicalId('AWS::IAM::Role', /FloorControllerFunctionRole/), PolicyName: 'broken' };
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

test('the schedule itself reaches the floor controller', async () => {
  await loop.forgetMinute();
  const before = await loop.lastRun();
  // A copy of the schedule that is due now. The deployed one takes a minute, and the emulator doesn't run a schedule whose time was changed.
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

test('cdk destroy deregisters the alias, with its policy and its scheduled action', async () => {
  await loop.destroy();
  const all = { ServiceNamespace: 'lambda' };
  expect(await loop.autoScaling('DescribeScalableTargets', all)).toEqual({ ScalableTargets: [] });
  expect(await loop.autoScaling('DescribeScalingPolicies', all)).toEqual({ ScalingPolicies: [] });
  expect(await loop.autoScaling('DescribeScheduledActions', all)).toEqual({ ScheduledActions: [] });
});

/** The peak and the quiet minutes before it, with a floor that is held through the peak. */
function simulatePeak(floor: number): Savings {
  const first = peakAt - QUIET_MINUTES;
  const demand = Float64Array.from({ length: QUIET_MINUTES + 60 }, (_, i) => demandAt(first + i, peakAt));
  const bounds = { lead: LEAD_MINUTES, min: MIN, max: MAX, reactiveTarget: DEFAULT_REACTIVE_TARGET };
  return simulateColdStarts(demand, QUIET_MINUTES, floor, bounds);
}

function indexOf(minute: number): number {
  return minute - peakAt + QUIET_MINUTES;
}

function tellDecision(reasons: string, minute: number, alone: Float64Array): void {
  const [first, ...others] = reasons.split('; ');
  story.tell('the deployed floor controller learned from these minutes, and its backtest passed, so it acts:');
  story.divide(`it ${first}, and ${others.at(-1)}`);
  story.head(
    `the floor controller runs after each of the last minutes is published: it stores the floor needed ${LEAD_MINUTES} minutes later`,
    `tracking alone: simulated target tracking at ${DEFAULT_REACTIVE_TARGET}, which reacts only after the spike has begun`,
  );
  // As it was deployed, before the first run.
  story.row({ minute, demand: demandAt(minute, peakAt), floor: MIN, alone: alone[indexOf(minute)]! });
}

/** The demand of the rest of the peak. */
function tellPeak(): void {
  const { reactive, ahead } = simulatePeak(ready);
  const now = clockTime(minuteNow());
  story.divide(
    `it is ${now}; from here on the spike is simulated, with the floor of ${ready} instances and no further run of the floor controller`,
  );
  for (const since of SHOWN) {
    const [minute, at] = [peakAt + since, indexOf(peakAt + since)];
    const cold = [reactive.coldStarts[at]!, ahead.coldStarts[at]!] as const;
    const demand = demandAt(minute, peakAt);
    story.row({ minute, demand, floor: ahead.provision[at]!, alone: reactive.provision[at]!, cold });
  }
}

/**
 * Runs steps that compare runs of the floor controller within one minute. Repeats them if a minute has ended in between, because
 * each minute has a floor of its own.
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
