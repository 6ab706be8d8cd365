import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { AliasedFunction } from '../functions';
import { invalid, requireInteger, requireLiteral, requireName } from '../validation';
import type { AnnouncedEvent } from './announced-event';
import type { PredictiveScalingProps } from './predictive-scaling-props';

const MAX_LEAD_MINUTES = 60;
/** Each is one more metric to read a minute, and a column of every fit. */
const MAX_INDICATORS = 10;
/** A year of odd days and some; with as many events as below, what the schedule hands over stays under 16 KB of its 256. */
const MAX_HOLIDAYS = 400;
const MAX_EVENTS = 100;
const MAX_FACTOR = 1_000;

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
/** Offsets, which some versions of Node.js take for zones, have no daylight saving. */
const ZONE = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/;

/** Fails on props that can't be, each with what to do; the forecaster would tell in its log only, every minute. */
export function checkPredictiveScaling(scope: Construct, props: PredictiveScalingProps): void {
  const target = props.target.workload;
  checkTarget(scope, target);
  if (props.lead !== undefined) {
    requireLiteral(scope, 'lead', props.lead, 'its limits are checked at synth');
    requireInteger(scope, 'lead in minutes', props.lead.toMinutes({ integral: false }), 1, MAX_LEAD_MINUTES);
  }
  if (props.timeZone !== undefined) checkTimeZone(scope, props.timeZone);
  checkHolidays(scope, props.holidays ?? []);
  checkCount(scope, 'events', props.events ?? [], MAX_EVENTS);
  for (const [i, event] of (props.events ?? []).entries()) checkEvent(scope, `events[${i}]`, event, target);
  checkIndicators(
    scope,
    target,
    (props.indicators ?? []).map(({ workload }) => workload),
  );
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

/** Rights and metrics end at the Region's border. */
function checkSameEnvironment(scope: Construct, prop: string, other: AliasedFunction): void {
  const [here, there] = [Stack.of(scope), Stack.of(other)];
  const differs = (a: string, b: string) => !Token.isUnresolved(a) && !Token.isUnresolved(b) && a !== b;
  if (differs(here.region, there.region) || differs(here.account, there.account)) {
    throw invalid(
      scope,
      prop,
      `must be in the same Region and account, got '${other.node.path}' of ${there.environment} for ${here.environment}`,
    );
  }
}

function checkTimeZone(scope: Construct, timeZone: string): void {
  requireName(scope, 'timeZone', timeZone, ZONE, "a zone's IANA name such as 'Europe/Berlin'");
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw invalid(scope, 'timeZone', `must be a zone's IANA name such as 'Europe/Berlin', got '${timeZone}'`);
  }
}

function checkHolidays(scope: Construct, holidays: string[]): void {
  checkCount(scope, 'holidays', holidays, MAX_HOLIDAYS);
  for (const [i, day] of holidays.entries()) {
    requireLiteral(scope, `holidays[${i}]`, day, 'days are checked at synth');
    if (!isDate(day)) {
      throw invalid(scope, `holidays[${i}]`, `must be a day that exists, as YYYY-MM-DD, got '${day}'`);
    }
    if (holidays.indexOf(day) !== i) throw invalid(scope, `holidays[${i}]`, `must be named once, got '${day}' again`);
  }
}

/** Whether a day exists: the engine takes 30 February for 2 March. */
function isDate(text: string): boolean {
  if (!DATE.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function checkEvent(scope: Construct, prop: string, event: AnnouncedEvent, target: AliasedFunction): void {
  const start = instantOf(scope, `${prop}.start`, event.start);
  const end = instantOf(scope, `${prop}.end`, event.end);
  if (end <= start) throw invalid(scope, `${prop}.end`, `must be after the start ${event.start}, got ${event.end}`);
  if (event.factor === undefined && event.demand === undefined) {
    throw invalid(scope, prop, 'must say what it brings, got neither factor nor demand');
  }
  if (event.factor !== undefined) {
    requireLiteral(scope, `${prop}.factor`, event.factor, 'its limits are checked at synth');
    if (!(event.factor >= 1 && event.factor <= MAX_FACTOR)) {
      throw invalid(
        scope,
        `${prop}.factor`,
        `must be from 1 to ${MAX_FACTOR}, got ${event.factor}: an event only raises the floor`,
      );
    }
  }
  // More than the most that may be warm could not be kept.
  requireInteger(scope, `${prop}.demand`, event.demand, 1, target._wantedScaling.maxProvisioned!);
}

function instantOf(scope: Construct, prop: string, text: string): number {
  requireLiteral(scope, prop, text, 'instants are compared at synth');
  const day = INSTANT.exec(text)?.[1];
  if (day === undefined || !isDate(day)) {
    throw invalid(scope, prop, `must be ISO 8601 with a zone, such as '2026-11-27T08:00:00Z', got '${text}'`);
  }
  return Date.parse(text);
}

function checkIndicators(scope: Construct, target: AliasedFunction, indicators: AliasedFunction[]): void {
  checkCount(scope, 'indicators', indicators, MAX_INDICATORS);
  for (const [i, indicator] of indicators.entries()) {
    const prop = `indicators[${i}]`;
    if (indicator === target) {
      throw invalid(scope, prop, `must be another than the target, got '${target.node.path}'`);
    }
    if (indicators.indexOf(indicator) !== i) {
      throw invalid(scope, prop, `must be named once, got '${indicator.node.path}' again`);
    }
    checkSameEnvironment(scope, prop, indicator);
  }
}

function checkCount(scope: Construct, prop: string, values: unknown[], most: number): void {
  requireLiteral(scope, prop, values, 'each is checked at synth');
  if (values.length > most) throw invalid(scope, prop, `must be at most ${most}, got ${values.length}`);
}
