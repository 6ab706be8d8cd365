import { resourceIdOf } from '../../../lib/protocol';
import {
  announcedFloor,
  DEFAULT_REACTIVE_TARGET,
  type Decision,
  type Situation,
  type State,
} from '../forecast/forecaster';
import { MS_PER_MINUTE } from '../forecast/minutes';
import type { Aliases, Provisioned } from './aliases';
import { applyPlan, type Changes, type Plan } from './apply-plan';
import type { CapacityStore, TickRecord, VersionedState } from './capacity-store';
import type { ReadTarget } from './capacity-target';
import { History } from './history';
import { heartbeatOf, type MetricsSource } from './metrics-source';
import { quotaMessage, quotaOf } from './quota';
import type { Bounds, ScalableTargets } from './scalable-targets';
import { type Figures, type Line, measuredLine } from './telemetry';

/** What a run needs of the world. */
export interface TickWorld {
  readonly store: CapacityStore;
  readonly metrics: MetricsSource;
  readonly aliases: Aliases;
  readonly targets: ScalableTargets;
  /** The forecast itself. */
  readonly decide: (situation: Situation) => Decision;
  /** How long history is kept. */
  readonly historyDays: number;
  /** Name of the forecaster's own function, whose invocations tell whether CloudWatch is up to date. */
  readonly functionName: string;
  /** Milliseconds until the run is stopped. */
  readonly remainingMs: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A name that no other run has. */
  readonly run: string;
  readonly log: (line: Line) => void;
}

/** What an execution environment remembers of a target from run to run. */
export interface Memory {
  history?: History;
  /** What was learned. */
  state?: RememberedState;
}

interface RememberedState {
  /** The version that is stored. Margins, which are quickly learned again, are newer than that. */
  readonly version: number;
  readonly value: State;
  /** Whether there is also a model or a verdict in it that couldn't be stored. */
  readonly isUnsaved?: boolean;
}

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

/** Longer than measurements may be late in, and than target tracking would take. */
const IDLE_MINUTES = 30;

/** What learning at the very start may take of a function of 256 MB, with the calls that follow. */
const LEARNING_MS = 40_000;

const EMPTY: State = { models: [] };

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

/** Brings history and state into memory and up to date. @returns whether all of the history is there */
async function recall(
  { target, series }: ReadTarget,
  memory: Memory,
  record: TickRecord,
  minute: number,
  world: TickWorld,
): Promise<boolean> {
  const resourceId = resourceIdOf(target);
  const heartbeat = heartbeatOf(world.functionName);
  const [history, state] = await Promise.all([
    memory.history ?? History.load(world.store, resourceId, { series, heartbeat, days: world.historyDays }),
    // Another environment may have learned since.
    memory.state !== undefined && memory.state.version === record.stateVersion
      ? memory.state
      : world.store.state(resourceId).then((stored) => stored && parsed(stored)),
  ]);
  memory.state = state;
  memory.history = history;
  return history.update(world.metrics, world.store, minute, () => world.remainingMs() > LEARNING_MS);
}

/**
 * Remembers what was learned, and stores it.
 * @throws whatever kept it from being stored; it is remembered all the same, and tried again the next minute
 */
async function keep(
  resourceId: string,
  memory: Memory,
  { state: value, stateChanged }: Decision,
  world: TickWorld,
): Promise<void> {
  const { version = 0, isUnsaved = false } = memory.state ?? {};
  if (!stateChanged && !isUnsaved) {
    memory.state = { version, value };
    return;
  }
  memory.state = { version, value, isUnsaved: true };
  const next = version + 1;
  if (await world.store.replaceState(resourceId, { version: next, text: JSON.stringify(value) })) {
    memory.state = { version: next, value };
  } else {
    // Another environment learned the same at the same time; its state is read next minute.
    delete memory.state;
  }
}

/** A state that can't be read is worth no more than none: it is learned again, and stored over the old one. */
function parsed({ version, text }: VersionedState): RememberedState {
  try {
    return { version, value: JSON.parse(text) as State };
  } catch {
    return { version, value: EMPTY };
  }
}

/** Holds a floor within the target's bounds and, where it would rise, within what the account allows. */
async function withinQuota(
  wanted: number,
  { target }: ReadTarget,
  bounds: Bounds | undefined,
  provisioned: Provisioned | undefined,
  world: TickWorld,
): Promise<{ readonly floor: number; readonly message?: string }> {
  if (!Number.isFinite(wanted)) throw new Error(`the forecast's floor must be a number, got ${wanted}`);
  const most = Math.min(target.max, bounds?.max ?? target.max);
  const floor = Math.max(target.min, Math.min(Math.ceil(wanted), most));
  // A floor that holds was granted; the account is asked only about more.
  if (floor === target.min || floor <= (bounds?.min ?? target.min)) return { floor };
  const account = await world.aliases.account();
  const allowed = Math.max(target.min, quotaOf(account, provisioned?.requested ?? 0));
  return floor <= allowed ? { floor } : { floor: allowed, message: quotaMessage(floor, allowed, account) };
}

/**
 * Gives back what an alias without any traffic keeps above its floor. Lambda measures no utilisation while nothing runs, so target tracking, which
 * takes capacity away after a quarter of an hour of low values, would never do it in a night without a request.
 * @returns how many instances were given back
 */
async function releaseIdle(
  target: ReadTarget['target'],
  { floor }: Required<Plan>,
  idleMinutes: number,
  provisioned: Provisioned | undefined,
  record: TickRecord,
  { aliases, store }: TickWorld,
): Promise<number | undefined> {
  const spare = (provisioned?.requested ?? 0) - floor;
  if (idleMinutes < IDLE_MINUTES || spare <= 0) return undefined;
  // A later run may have raised the floor meanwhile.
  if ((await store.record(resourceIdOf(target)))?.run !== record.run) return undefined;
  await aliases.provision(target.functionName, target.aliasName, floor);
  return spare;
}

/**
 * Stores history, unless the target was removed meanwhile. What is removed between the question and the last write leaves some measured days
 * behind: they are true, are overwritten or grow old when the alias is registered again, and cost next to nothing if not.
 */
async function saveHistory(
  history: History,
  record: TickRecord,
  resourceId: string,
  minute: number,
  { store }: TickWorld,
): Promise<void> {
  if ((await store.record(resourceId))?.run === record.run) await history.save(store, minute);
}

/**
 * While nothing can be provisioned, the floor stays as it is, and the scheduled action takes it back before long: target tracking gets the
 * room that it needs without one.
 */
async function makeCautious(
  resourceId: string,
  { target }: ReadTarget,
  memory: Memory,
  record: TickRecord,
  minute: number,
  world: TickWorld,
): Promise<Changes['facts']> {
  const [bounds, policies, state] = await Promise.all([
    world.targets.bounds(resourceId),
    world.targets.policies(resourceId),
    memory.state ?? world.store.state(resourceId).then((stored) => stored && parsed(stored)),
  ]);
  const plan = { utilisation: cautiousTargetOf(state?.value) };
  return (await applyPlan(target, plan, { bounds, policies, record, minute }, world)).facts;
}

/** What the gate found better, if it has looked. */
function cautiousTargetOf(state: State | undefined): number {
  return state?.verdict?.cautiousTarget ?? DEFAULT_REACTIVE_TARGET;
}

/** The reactive kind of scaling, as far as it can still be set. @returns the floor that holds then, or why it couldn't be set */
async function fallBack(
  read: ReadTarget,
  memory: Memory,
  minute: number,
  world: TickWorld,
): Promise<{ readonly floor?: number; readonly fallback?: string }> {
  const { target, events } = read;
  const resourceId = resourceIdOf(target);
  try {
    const holder = await holderOf(resourceId, minute, world);
    if (holder !== undefined) return { fallback: holder };
    const [bounds, policies] = await Promise.all([
      world.targets.bounds(resourceId),
      world.targets.policies(resourceId),
    ]);
    const announced = announcedFloor({ lead: target.leadMinutes, min: target.min, max: target.max, events }, minute);
    const { floor } = await withinQuota(announced, read, bounds, undefined, world).catch(() => ({
      // It can't be asked how much more there may be.
      floor: Math.max(target.min, Math.min(announced, bounds?.min ?? target.min)),
    }));
    const plan = { floor, utilisation: cautiousTargetOf(memory.state?.value) };
    await applyPlan(target, plan, { bounds, policies, minute }, world);
    return { floor };
  } catch (error) {
    return { fallback: messageOf(error) };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why the target isn't this run's any more. */
async function holderOf(resourceId: string, minute: number, world: TickWorld): Promise<string | undefined> {
  let latest: TickRecord | undefined;
  try {
    latest = await world.store.record(resourceId);
  } catch {
    // It can't be known without the table, and the safe side is safe for whoever holds it.
    return undefined;
  }
  if (latest === undefined) return 'the target is being removed';
  return latest.minute > minute ? 'a later run works on the target' : undefined;
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
