import type { AlarmDefinition } from './definition';
import { type AlarmResult, type AlarmState, evaluateAlarm } from './evaluate';
import type { IMetricPoints } from './points';
import { UnsupportedAlarm } from './unsupported';

/** A change of an alarm's state. */
export interface AlarmChange extends AlarmResult {
  readonly alarm: AlarmDefinition;
  readonly before: AlarmState;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface AlarmWatchProps {
  readonly alarms: readonly AlarmDefinition[];
  readonly points: IMetricPoints;
  /** Called with each change, in order. */
  readonly onChange: (change: AlarmChange) => Promise<void>;
  /** Called once for an alarm that can't be evaluated here. */
  readonly onUnsupported: (alarm: string, reason: string) => void;
}

/** The alarms of an app and their states. */
export class AlarmWatch {
  private readonly current = new Map<string, AlarmState>();
  private readonly unsupported = new Set<string>();
  private readonly changes: AlarmChange[] = [];

  public constructor(private readonly props: AlarmWatchProps) {}

  /** Every change so far. */
  public get history(): readonly AlarmChange[] {
    return this.changes;
  }

  /** Names of the alarms in state ALARM. */
  public inAlarm(): string[] {
    return [...this.current].filter(([, state]) => state === 'ALARM').map(([name]) => name);
  }

  /** Names of the alarms that are evaluated. */
  public names(): string[] {
    return this.props.alarms.map(({ name }) => name).filter((name) => !this.unsupported.has(name));
  }

  /** One line about all alarms: `19 alarms evaluated, none in state ALARM`. */
  public summary(): string {
    const inAlarm = this.inAlarm();
    const state =
      inAlarm.length === 0 ? 'none in state ALARM' : `${inAlarm.length} in state ALARM: ${inAlarm.join(', ')}`;
    return `${this.names().length} alarms evaluated, ${state}`;
  }

  /** Evaluates all alarms at a time, and reports changes. */
  public async evaluate(now: number): Promise<void> {
    for (const alarm of this.props.alarms) {
      const before = this.current.get(alarm.name) ?? 'INSUFFICIENT_DATA';
      const result = this.resultOf(alarm, now, before);
      if (result === undefined || result.state === before) continue;
      this.current.set(alarm.name, result.state);
      const change = { alarm, before, at: now, ...result };
      this.changes.push(change);
      await this.props.onChange(change);
    }
  }

  private resultOf(alarm: AlarmDefinition, now: number, before: AlarmState): AlarmResult | undefined {
    if (this.unsupported.has(alarm.name)) return undefined;
    try {
      return evaluateAlarm(alarm, this.props.points, now, before);
    } catch (error) {
      if (!(error instanceof UnsupportedAlarm)) throw error;
      this.unsupported.add(alarm.name);
      this.props.onUnsupported(alarm.name, error.message);
      return undefined;
    }
  }
}
