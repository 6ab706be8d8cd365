import { randomUUID } from 'node:crypto';
import { type Answer, arnOf, NAMESPACE, notFound, type Place, page } from './answers';
import type { Input } from './input';
import { refused } from './scaling-error';
import { parseSchedule, type Schedule } from './schedule-expression';

/** Bounds that an action sets when it is due. An absent bound isn't changed. */
export interface ScheduledAction {
  readonly name: string;
  readonly resourceId: string;
  readonly min?: number;
  readonly max?: number;
}

interface KeptAction extends ScheduledAction {
  readonly arn: string;
  readonly createdAt: number;
  readonly expression: string;
  readonly schedule: Schedule;
  readonly timezone?: string;
  readonly start?: number;
  readonly end?: number;
}

/**
 * Scheduled actions of the fake. An `at()` action is run when it is due. `rate()` and `cron()`
 * actions are only stored and described.
 */
export class ScheduledActions {
  private readonly actions = new Map<string, KeptAction>();

  public constructor(
    private readonly place: Place,
    private readonly now: () => number,
  ) {}

  /**
   * @throws ScalingError if schedule or bounds are missing or invalid, or if the alias isn't
   * registered
   */
  public put(input: Input, isRegistered: (resourceId: string) => boolean): Answer {
    const name = input.name('ScheduledActionName', 1_600);
    const expression = input.text('Schedule');
    const timezone = input.text('Timezone');
    const change = input.object('ScalableTargetAction');
    const [min, max] = [change?.integer('MinCapacity', 0), change?.integer('MaxCapacity', 0)];
    const [start, end] = [input.time('StartTime'), input.time('EndTime')];
    const { resourceId } = input.target();
    change?.done();
    if (!isRegistered(resourceId)) throw notFound('No scalable target registered', resourceId);
    const key = `${resourceId} ${name}`;
    const known = this.actions.get(key);
    const wanted = expression ?? known?.expression;
    if (wanted === undefined) throw refused('Schedule is required for a new scheduled action');
    const resource = `scheduledAction:${randomUUID()}:resource/${NAMESPACE}/${resourceId}:scheduledActionName/${name}`;
    const action: KeptAction = {
      name,
      resourceId,
      arn: known?.arn ?? arnOf(this.place, 'autoscaling', resource),
      createdAt: known?.createdAt ?? this.now(),
      expression: wanted,
      schedule: parseSchedule(wanted, timezone ?? known?.timezone),
      timezone: timezone ?? known?.timezone,
      // If a request states no start and end, the stored start and end are removed. If it states
      // bounds, they replace both stored bounds.
      start,
      end,
      min: change === undefined ? known?.min : min,
      max: change === undefined ? known?.max : max,
    };
    this.check(action);
    this.actions.set(key, action);
    return {};
  }

  public describe(input: Input): Answer {
    const names = input.list('ScheduledActionNames');
    const found = [...this.actions.values()].filter(({ name }) => names?.includes(name) ?? true);
    const seconds = (time: number | undefined) => (time === undefined ? undefined : time / 1000);
    return page(input, 'ScheduledActions', found, (action) => ({
      ScheduledActionName: action.name,
      ScheduledActionARN: action.arn,
      Schedule: action.expression,
      Timezone: action.timezone,
      StartTime: seconds(action.start),
      EndTime: seconds(action.end),
      ScalableTargetAction: { MinCapacity: action.min, MaxCapacity: action.max },
      CreationTime: action.createdAt / 1000,
    }));
  }

  /** @throws ScalingError if no action has this name */
  public delete(input: Input): Answer {
    const name = input.name('ScheduledActionName', 1_600);
    const { resourceId } = input.target();
    if (this.actions.delete(`${resourceId} ${name}`)) return {};
    throw notFound('No scheduled action found', resourceId, `, scheduled action name: ${name}`);
  }

  /** Deletes the actions of a deleted target. */
  public forget(resourceId: string): void {
    for (const [key, action] of this.actions) if (action.resourceId === resourceId) this.actions.delete(key);
  }

  /** Returns due actions and deletes them, because `at()` runs once. */
  public takeDue(): ScheduledAction[] {
    const due: KeptAction[] = [];
    for (const [key, action] of this.actions) {
      if (action.schedule.kind !== 'at' || action.schedule.at > this.now()) continue;
      this.actions.delete(key);
      due.push(action);
    }
    return due;
  }

  private check({ schedule, expression, min, max, start, end }: KeptAction): void {
    if (schedule.kind === 'at' && schedule.at <= this.now()) throw refused(`Schedule is in the past: ${expression}`);
    if (min === undefined && max === undefined) {
      throw refused('A scheduled action must set the minimum capacity, the maximum capacity, or both');
    }
    if (min !== undefined && max !== undefined && max < min) {
      throw refused('Maximum capacity cannot be less than minimum capacity');
    }
    if (start !== undefined && end !== undefined && end <= start) throw refused('EndTime must be after StartTime');
  }
}
