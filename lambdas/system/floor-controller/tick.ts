import type { Decision } from '../../../forecast/decide';
import { MS_PER_MINUTE } from '../../../forecast/minutes';
import { resourceIdOf } from '../../../lib/protocol';
import { applyPlan } from './apply-plan';
import type { TickRecord } from './capacity-store';
import type { ReadTarget } from './capacity-target';
import { fallBack, makeCautious } from './fall-back';
import { releaseIdle } from './idle-capacity';
import { EMPTY, keep, type Memory, recall, saveHistory } from './memory';
import { keepPause, overdue, type Pause, pauseByOthers, pauseByWeights } from './pause';
import { withinQuota } from './quota';
import { type Figures, type Line, measuredLine, messageOf } from './telemetry';
import type { TickDependencies } from './tick-dependencies';

/**
 * Runs the floor controller for one minute of a target: reads new measurements, decides, and sets
 * the floor.
 *
 * A conditional write claims the minute. So if the schedule delivers an event twice, only one run
 * handles the minute. After a later run has claimed another minute, this run changes nothing. Each
 * run reads the current floor from Application Auto Scaling. So if someone else changes the floor,
 * the next run corrects it, at most a minute later.
 *
 * @throws the error that prevented a decision, after falling back to the target's minimum and
 * target tracking
 */
export async function tick(read: ReadTarget, memory: Memory, dependencies: TickDependencies): Promise<void> {
  const { target } = read;
  const at = dependencies.now();
  const minute = Math.floor(at / MS_PER_MINUTE);
  const resourceId = resourceIdOf(target);
  const report = (figures: Figures, facts: Line) => dependencies.log(measuredLine(target.name, at, figures, facts));
  try {
    const claimed = await claim(resourceId, minute, dependencies);
    if (claimed === undefined) {
      const reason = `the capacity table has no record of ${resourceId}, which its deployment creates: deploy the stack again`;
      report({ acting: false, degraded: true }, { message: 'not deployed', mode: 'degraded', reason });
      return;
    }
    if (typeof claimed === 'string') {
      dependencies.log({ level: 'INFO', message: 'nothing done', target: target.name, reason: claimed });
      return;
    }
    const pause = pauseByWeights(await dependencies.aliases.weights(target.functionName, target.aliasName));
    if (pause !== undefined) {
      const record = await keepPause(read, claimed, minute, dependencies);
      const facts = await makeCautious(resourceId, read, memory, record, minute, dependencies);
      reportPause(pause, record.pausedSince, minute, report, facts);
      return;
    }
    await work(read, memory, claimed, minute, report, dependencies);
  } catch (error) {
    const { floor, fallback } = await fallBack(read, memory, minute, dependencies);
    const figures = { acting: false, degraded: true, ...(floor === undefined ? {} : { floor }) };
    const reason = messageOf(error);
    report(figures, { message: 'degraded', mode: 'degraded', reason, ...(fallback === undefined ? {} : { fallback }) });
    throw error;
  }
}

type Report = (figures: Figures, facts: Line) => void;

/**
 * Reports a pause. A pause is normal during a deployment. If it lasts longer than a deployment can
 * take, the forecast is degraded.
 */
function reportPause(pause: Pause, pausedSince: number, minute: number, report: Report, facts: Line): void {
  const advice = overdue(pause, pausedSince, minute);
  const mode = advice === undefined ? 'paused' : 'degraded';
  const reason = advice === undefined ? pause.reason : `${pause.reason}; ${advice}`;
  report({ acting: false, degraded: advice !== undefined }, { message: mode, mode, reason, ...facts });
}

async function work(
  read: ReadTarget,
  memory: Memory,
  record: TickRecord,
  minute: number,
  report: Report,
  dependencies: TickDependencies,
): Promise<void> {
  const { target } = read;
  const resourceId = resourceIdOf(target);
  const [bounds, policies, provisioned, isComplete] = await Promise.all([
    dependencies.targets.bounds(resourceId),
    dependencies.targets.policies(resourceId),
    dependencies.aliases.provisioned(target.functionName, target.aliasName),
    recall(read, memory, record, minute, dependencies),
  ]);
  const pause = pauseByOthers(policies);
  if (pause !== undefined) {
    const { pausedSince } = await keepPause(read, record, minute, dependencies);
    reportPause(pause, pausedSince, minute, report, {});
    return;
  }
  const history = memory.history!;
  const before = memory.state?.value ?? EMPTY;
  // The forecast must not learn from an incomplete history.
  const known = isComplete
    ? { history: history.demand(minute), indicators: history.indicators(minute) }
    : { history: { start: minute, values: new Float64Array() } };
  const decision = dependencies.decide({
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
    dependencies.log({ level: 'WARN', message, target: target.name, reason: messageOf(error) });
    return undefined;
  };
  // The learned state is stored first, because learning it took seconds. If the write fails, the
  // floor is still set.
  await keep(resourceId, memory, decision, dependencies).catch(warn('not stored: the learned state'));
  const stateVersion = memory.state?.version ?? record.stateVersion;
  if (decision.state.judgedAt !== before.judgedAt) {
    dependencies.log({ level: 'INFO', message: 'gate', target: target.name, ...decision.state.result });
  }
  const quota = await withinQuota(decision.floor, read, bounds, provisioned, dependencies);
  const plan = { floor: quota.floor, utilisation: decision.target };
  const changes = await applyPlan(read.target, plan, { bounds, policies, provisioned, record, minute }, dependencies);
  // The floor is set now. A later failure must not reset it, so it is only logged.
  const released = await releaseIdle(
    read.target,
    plan,
    history.idleMinutes(minute),
    provisioned,
    record,
    dependencies,
  ).catch(warn('idle capacity was not released'));
  const demand = history.newestDemand(minute);
  const forecast = medianOf(decision);
  report(
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
    dependencies.log({ level: 'INFO', message: 'next hours', target: target.name, forecast: shown(decision) });
  }
  const { pausedSince, ...unpaused } = record;
  const fresh: TickRecord = { ...unpaused, fallBackAt: changes.fallBackAt, stateVersion };
  const isPauseOver = pausedSince !== undefined;
  if (isPauseOver || fresh.fallBackAt !== record.fallBackAt || stateVersion !== record.stateVersion) {
    await dependencies.store
      .replaceRecord(resourceId, fresh, record)
      .catch(warn('not stored: when the floor is reset, and the version of the learned state'));
  }
  if (decision.stateChanged || history.isDue()) {
    await saveHistory(history, record, resourceId, minute, dependencies).catch(warn('not stored: history'));
  }
}

/** Interval at which the forecasts of the next hours are logged. */
const NEXT_HOURS_MINUTES = 60;

/**
 * Claims the minute for this run. Returns the run's record, or a text with the reason why there is
 * nothing to do. Undefined if the target isn't deployed.
 */
async function claim(
  resourceId: string,
  minute: number,
  dependencies: TickDependencies,
): Promise<TickRecord | string | undefined> {
  const before = await dependencies.store.record(resourceId);
  if (before === undefined) return undefined;
  if (before.minute >= minute) return `minute ${minute} has been handled already`;
  const record = { ...before, minute, run: dependencies.run };
  if (await dependencies.store.replaceRecord(resourceId, record, before)) return record;
  // If the answer to the write was lost, the SDK's retry fails although the write succeeded.
  const winner = await dependencies.store.record(resourceId);
  return winner?.run === dependencies.run ? record : `another run handles minute ${minute}`;
}

/** Quantiles by minute, for the log. */
function shown({ forecast }: Decision) {
  return forecast.map(({ minute, quantiles }) => ({
    at: new Date(minute * MS_PER_MINUTE).toISOString(),
    ...Object.fromEntries(quantiles.map(({ level, value }) => [`p${level * 100}`, Math.round(value * 10) / 10])),
  }));
}

/** Median of a decision's first forecast, which is for the planned minute. */
function medianOf({ forecast }: Decision): number | undefined {
  return forecast[0]?.quantiles.find(({ level }) => level === 0.5)?.value;
}
