import type { Decision } from '../../../forecast/decide';
import { MS_PER_MINUTE } from '../../../forecast/minutes';
import { resourceIdOf } from '../../../lib/protocol';
import { applyPlan } from './apply-plan';
import type { TickRecord } from './capacity-store';
import type { ReadTarget } from './capacity-target';
import { fallBack, makeCautious } from './fall-back';
import { releaseIdle } from './idle-capacity';
import { EMPTY, keep, type Memory, recall, saveHistory } from './memory';
import { withinQuota } from './quota';
import { type Figures, type Line, measuredLine, messageOf } from './telemetry';
import type { TickWorld } from './tick-world';

/**
 * One minute of a target: reads what is new, decides, and moves the floor.
 *
 * The minute is claimed by a conditional write, so that of two deliveries one works, and what is about to be changed is changed only while
 * no later run has claimed the next. What holds is read from Application Auto Scaling each time and not remembered: whoever else moved the
 * floor, it is right again a minute later.
 *
 * @throws whatever kept it from deciding, after it has fallen back to the module's own minimum and to target tracking
 */
export async function tick(read: ReadTarget, memory: Memory, world: TickWorld): Promise<void> {
  const { target } = read;
  const at = world.now();
  const minute = Math.floor(at / MS_PER_MINUTE);
  const resourceId = resourceIdOf(target);
  const say = (figures: Figures, facts: Line) => world.log(measuredLine(target.name, at, figures, facts));
  try {
    const claimed = await claim(resourceId, minute, world);
    if (claimed === undefined) {
      const reason = `the capacity table has no record of ${resourceId}, which its deployment makes: deploy the stack again`;
      say({ acting: false, degraded: true }, { message: 'not deployed', mode: 'degraded', reason });
      return;
    }
    if (typeof claimed === 'string') {
      world.log({ level: 'INFO', message: 'nothing done', target: target.name, reason: claimed });
      return;
    }
    if (await world.aliases.weighted(target.functionName, target.aliasName)) {
      const reason = 'the alias shifts traffic between two versions, for which Lambda refuses provisioned concurrency';
      const facts = await makeCautious(resourceId, read, memory, claimed, minute, world);
      say({ acting: false, degraded: false }, { message: 'paused', mode: 'paused', reason, ...facts });
      return;
    }
    await work(read, memory, claimed, minute, say, world);
  } catch (error) {
    const { floor, fallback } = await fallBack(read, memory, minute, world);
    const figures = { acting: false, degraded: true, ...(floor === undefined ? {} : { floor }) };
    const reason = messageOf(error);
    say(figures, { message: 'degraded', mode: 'degraded', reason, ...(fallback === undefined ? {} : { fallback }) });
    throw error;
  }
}

async function work(
  read: ReadTarget,
  memory: Memory,
  record: TickRecord,
  minute: number,
  say: (figures: Figures, facts: Line) => void,
  world: TickWorld,
): Promise<void> {
  const { target } = read;
  const resourceId = resourceIdOf(target);
  const [bounds, policies, provisioned, isComplete] = await Promise.all([
    world.targets.bounds(resourceId),
    world.targets.policies(resourceId),
    world.aliases.provisioned(target.functionName, target.aliasName),
    recall(read, memory, record, minute, world),
  ]);
  const history = memory.history!;
  const before = memory.state?.value ?? EMPTY;
  // A part of the history would be taken for all of it, and learned from.
  const known = isComplete
    ? { history: history.demand(minute), indicators: history.indicators(minute) }
    : { history: { start: minute, values: new Float64Array() } };
  const decision = world.decide({
    now: minute,
    ...known,
    state: before,
    options: {
      lead: target.leadMinutes,
      min: target.min,
      max: target.max,
      goal: read.goal,
      calendar: read.calendar,
      events: read.events,
      basis: read.basis,
    },
  });
  const warn = (message: string) => (error: unknown) => {
    world.log({ level: 'WARN', message, target: target.name, reason: messageOf(error) });
    return undefined;
  };
  // What took seconds to learn is safe before anything else can fail, but it isn't worth the floor.
  await keep(resourceId, memory, decision, world).catch(warn('not kept: what was learned'));
  const stateVersion = memory.state?.version ?? record.stateVersion;
  if (decision.state.judgedAt !== before.judgedAt) {
    world.log({ level: 'INFO', message: 'gate', target: target.name, ...decision.state.verdict });
  }
  const quota = await withinQuota(decision.floor, read, bounds, provisioned, world);
  const plan = { floor: quota.floor, utilisation: decision.target };
  const changes = await applyPlan(read.target, plan, { bounds, policies, provisioned, record, minute }, world);
  // The floor holds from here on. What fails now is no reason to take it back.
  const released = await releaseIdle(read.target, plan, history.idleMinutes(minute), provisioned, record, world).catch(
    warn('idle capacity was not given back'),
  );
  const demand = history.newestDemand(minute);
  const forecast = medianOf(decision);
  say(
    {
      floor: plan.floor,
      acting: decision.mode === 'acting',
      degraded: decision.mode === 'degraded',
      ...(forecast === undefined ? {} : { forecast }),
      ...(demand === undefined ? {} : { demand }),
    },
    {
      message: 'decided',
      mode: decision.mode,
      reason: isComplete ? decision.reason : 'history is being read from CloudWatch, some days in each run',
      utilisation: plan.utilisation,
      ...(quota.message === undefined ? {} : { quota: quota.message }),
      ...(provisioned?.failure === undefined ? {} : { provisioning: provisioned.failure }),
      ...changes.facts,
      ...(released === undefined ? {} : { released }),
    },
  );
  if (minute % NEXT_HOURS_MINUTES === 0 && decision.forecast.length > 0) {
    world.log({ level: 'INFO', message: 'next hours', target: target.name, forecast: shown(decision) });
  }
  const fresh = { ...record, fallBackAt: changes.fallBackAt, stateVersion };
  if (fresh.fallBackAt !== record.fallBackAt || stateVersion !== record.stateVersion) {
    await world.store
      .replaceRecord(resourceId, fresh, record)
      .catch(warn('not kept: when the floor is taken back, and the version of what was learned'));
  }
  if (decision.stateChanged || history.isDue()) {
    await saveHistory(history, record, resourceId, minute, world).catch(warn('not kept: history'));
  }
}

/** Forecasts of the next hours are logged once an hour. */
const NEXT_HOURS_MINUTES = 60;

/** The record of this run, or why there is nothing to do; undefined for a target that isn't deployed. */
async function claim(resourceId: string, minute: number, world: TickWorld): Promise<TickRecord | string | undefined> {
  const before = await world.store.record(resourceId);
  if (before === undefined) return undefined;
  if (before.minute >= minute) return `minute ${minute} has been worked on already`;
  const record = { ...before, minute, run: world.run };
  if (await world.store.replaceRecord(resourceId, record, before)) return record;
  // A write that was answered twice fails the second time, and was ours.
  const winner = await world.store.record(resourceId);
  return winner?.run === world.run ? record : `another run works on minute ${minute}`;
}

/** Quantiles by the minute that they are of, for whoever reads the log. */
function shown({ forecast }: Decision) {
  return forecast.map(({ minute, quantiles }) => ({
    at: new Date(minute * MS_PER_MINUTE).toISOString(),
    ...Object.fromEntries(quantiles.map(({ level, value }) => [`p${level * 100}`, Math.round(value * 10) / 10])),
  }));
}

/** The first of a decision's forecasts is of the minute that was decided for. */
function medianOf({ forecast }: Decision): number | undefined {
  return forecast[0]?.quantiles.find(({ level }) => level === 0.5)?.value;
}
