import { type Duration, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { AliasedFunction, IWorkload } from '../functions';
import { PROFILE } from '../profile';
import { invalid, mustBe, type PropChecks, requireInteger, requireLiteral, requireName, shown } from '../validation';
import type { AnnouncedEvent } from './announced-event';
import { isColdStartGoal } from './cold-start-goal';
import type { PredictiveScalingProps } from './predictive-scaling-props';

export const PREDICTION_PROPS: PropChecks<PredictiveScalingProps> = {
  target: mustBe.checkedLater,
  goal: mustBe.checkedLater,
  lead: mustBe.checkedLater,
  timeZone: mustBe.checkedLater,
  holidays: mustBe.checkedLater,
  events: mustBe.checkedLater,
  indicators: mustBe.checkedLater,
  profile: PROFILE,
};

const MAX_LEAD_MINUTES = 60;
/**
 * Maximum number of indicators. Each indicator adds a metric to read every minute, and inputs of
 * the model.
 */
const MAX_INDICATORS = 10;
/**
 * Maximum number of holidays, more than the days of a year. With this number of holidays and 100
 * events, the schedule's input has less than 16 KB. Its limit is 256 KB.
 */
const MAX_HOLIDAYS = 400;
const MAX_EVENTS = 100;
const MAX_FACTOR = 1_000;

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
/**
 * Offsets such as `+01:00` don't match. Some versions of Node.js accept them as zones, but they
 * have no daylight saving time.
 */
const ZONE = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/;

/**
 * Checks all props at synth. Later, the floor controller could only log an error every minute. The
 * checks include types, for callers without a type checker. They read members instead of classes,
 * because an app may contain two copies of this library.
 * @throws BreakwaterError if a prop is invalid
 */
export function checkPredictiveScaling(scope: Construct, props: PredictiveScalingProps): void {
  const target = workloadOf(scope, 'target', (props as PredictiveScalingProps | undefined)?.target);
  checkTarget(scope, target);
  const { goal, lead, timeZone, holidays = [], events = [], indicators = [] } = props;
  if (goal !== undefined && !isColdStartGoal(goal)) {
    const uses = 'use ColdStartGoal.pricedAt(idleUnitMinutes) or ColdStartGoal.atMost(share)';
    throw invalid(scope, 'goal', `must be a ColdStartGoal, got ${shown(goal)}; ${uses}`);
  }
  if (lead !== undefined) checkLead(scope, lead);
  if (timeZone !== undefined) checkTimeZone(scope, timeZone);
  checkHolidays(scope, holidays);
  checkList(scope, 'events', events, MAX_EVENTS);
  for (const [i, event] of events.entries()) checkEvent(scope, `events[${i}]`, event, target);
  checkIndicators(scope, target, indicators);
}

/** Returns the function of a workload, or throws if the value isn't a workload. */
function workloadOf(scope: Construct, prop: string, value: IWorkload | undefined): AliasedFunction {
  const workload = value?.workload;
  if (!Construct.isConstruct(workload) || !('_wantedScaling' in workload)) {
    const uses = "use a MicroModule, an AliasedFunction, or a worker's function";
    throw invalid(scope, prop, `must be a workload, got ${shown(value)}; ${uses}`);
  }
  return workload;
}

function checkLead(scope: Construct, lead: Duration): void {
  requireLiteral(scope, 'lead', lead, 'its limits are checked at synth');
  if (typeof (lead as Duration | null)?.toMinutes !== 'function') {
    throw invalid(scope, 'lead', `must be a Duration, got ${shown(lead)}; use Duration.minutes(amount)`);
  }
  requireInteger(scope, 'lead in minutes', lead.toMinutes({ integral: false }), 1, MAX_LEAD_MINUTES);
}

function checkTarget(scope: Construct, target: AliasedFunction): void {
  const wanted = target._wantedScaling;
  if (wanted.minProvisioned === undefined) {
    const got =
      wanted.reservedConcurrency === undefined
        ? 'Scaling.onDemand()'
        : `Scaling.reserved(${wanted.reservedConcurrency})`;
    throw invalid(
      scope,
      'target',
      `must have provisioned concurrency, got '${target.node.path}' with ${got}; give it Scaling.provisioned({ min, max })`,
    );
  }
  checkSameEnvironment(scope, 'target', target);
}

/**
 * Throws if a function is in another Region or account, because permissions and metrics work only
 * within one Region and account. A stack without a literal Region or account may be deployed
 * anywhere. So either both stacks must state the same environment, or neither may state one.
 */
function checkSameEnvironment(scope: Construct, prop: string, other: AliasedFunction): void {
  const [here, there] = [Stack.of(scope), Stack.of(other)];
  if (here.environment !== there.environment) {
    throw invalid(
      scope,
      prop,
      `must be in the same Region and account, got '${other.node.path}' of ${there.environment} for ${here.environment}; give both stacks the same env`,
    );
  }
}

function checkTimeZone(scope: Construct, timeZone: string): void {
  requireName(scope, 'timeZone', timeZone, ZONE, "a zone's IANA name such as 'Europe/Berlin'");
  // First look up the zone in a list, because making a formatter takes 30 times as long. The list
  // doesn't contain alias names of zones, so for these a formatter is needed.
  if (Intl.supportedValuesOf('timeZone').includes(timeZone)) return;
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw invalid(scope, 'timeZone', `must be a zone's IANA name such as 'Europe/Berlin', got '${timeZone}'`);
  }
}

function checkHolidays(scope: Construct, holidays: string[]): void {
  checkList(scope, 'holidays', holidays, MAX_HOLIDAYS);
  for (const [i, day] of holidays.entries()) {
    requireLiteral(scope, `holidays[${i}]`, day, 'days are checked at synth');
    if (typeof day !== 'string' || !isDate(day)) {
      throw invalid(scope, `holidays[${i}]`, `must be a day that exists, as YYYY-MM-DD, got ${shown(day)}`);
    }
    if (holidays.indexOf(day) !== i) throw invalid(scope, `holidays[${i}]`, `must be listed once, got '${day}' again`);
  }
}

/** Whether a day exists in the calendar. `Date.parse` alone reads 30 February as 2 March. */
function isDate(text: string): boolean {
  if (!DATE.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function checkEvent(scope: Construct, prop: string, event: AnnouncedEvent, target: AliasedFunction): void {
  if (typeof event !== 'object' || event === null) {
    throw invalid(scope, prop, `must be an event, got ${shown(event)}; state start and end, and factor or demand`);
  }
  const start = instantOf(scope, `${prop}.start`, event.start);
  const end = instantOf(scope, `${prop}.end`, event.end);
  if (end <= start) throw invalid(scope, `${prop}.end`, `must be after the start ${event.start}, got ${event.end}`);
  if (event.factor === undefined && event.demand === undefined) {
    throw invalid(scope, prop, "must set 'factor' or 'demand', got neither");
  }
  if (event.factor !== undefined) {
    requireLiteral(scope, `${prop}.factor`, event.factor, 'its limits are checked at synth');
    if (typeof event.factor !== 'number' || !(event.factor >= 1 && event.factor <= MAX_FACTOR)) {
      throw invalid(
        scope,
        `${prop}.factor`,
        `must be from 1 to ${MAX_FACTOR}, got ${shown(event.factor)}: an event only raises the floor`,
      );
    }
  }
  // Demand above `max` would have no effect, because no more instances can be provisioned.
  requireInteger(scope, `${prop}.demand`, event.demand, 1, target._wantedScaling.maxProvisioned!);
}

function instantOf(scope: Construct, prop: string, text: string): number {
  requireLiteral(scope, prop, text, 'synth compares the times');
  const day = typeof text === 'string' ? INSTANT.exec(text)?.[1] : undefined;
  if (day === undefined || !isDate(day)) {
    throw invalid(scope, prop, `must be ISO 8601 with a zone, such as '2026-11-27T08:00:00Z', got ${shown(text)}`);
  }
  return Date.parse(text);
}

function checkIndicators(scope: Construct, target: AliasedFunction, workloads: IWorkload[]): void {
  checkList(scope, 'indicators', workloads, MAX_INDICATORS);
  const indicators: AliasedFunction[] = [];
  for (const [i, workload] of workloads.entries()) {
    const prop = `indicators[${i}]`;
    const indicator = workloadOf(scope, prop, workload);
    if (indicator === target) {
      throw invalid(scope, prop, `must not be the target itself, got '${target.node.path}'`);
    }
    if (indicators.includes(indicator)) {
      throw invalid(scope, prop, `must be listed once, got '${indicator.node.path}' again`);
    }
    checkSameEnvironment(scope, prop, indicator);
    indicators.push(indicator);
  }
}

function checkList(scope: Construct, prop: string, values: unknown[], max: number): void {
  requireLiteral(scope, prop, values, 'synth checks each entry');
  if (!Array.isArray(values)) throw invalid(scope, prop, `must be a list, got ${shown(values)}`);
  if (values.length > max) throw invalid(scope, prop, `must have at most ${max} entries, got ${values.length}`);
}
