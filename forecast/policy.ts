import { type AnnouncedEvent, withEvents } from './events';
import { featureCount, type Inputs, writeFeatures } from './features';
import { criticalLevel, type Goal, priceOf } from './goal';
import { factorWithinLimit, type Pairs, pairsOf, quantile, weightedQuantile } from './margins';
import { MINUTES_PER_DAY } from './minutes';
import { applied, type Model } from './model';
import { deviationOf, meanOf, rollingExtreme } from './series';

/** Minutes between two updates of the margins. */
export const MARGIN_MINUTES = 180;

/**
 * Days of earlier forecasts from which a margin is computed. The margin combines the last week and
 * the last day with equal weights. With the week alone, one bad day would influence the margin for
 * six more days. The day alone is too noisy.
 */
const MARGIN_DAYS = 7;

/**
 * Lower bound of a floor, as a share of the maximum of the last 15 known minutes. The bound is
 * useful, because demand that stops suddenly often returns suddenly.
 */
const HOLD = 0.95;

/**
 * The lower bound isn't used if it would have raised the cost of the last week by more than this
 * factor. With regular spikes it isn't used, because the forecast knows when they end.
 */
const MAX_HOLD_COST_RATIO = 1.01;

/**
 * Upper bound of a floor, as a multiple of the maximum of two weeks. Without it, one wrong
 * measurement could lead to an extremely high floor.
 */
const CEILING = 3;
const CEILING_DAYS = 14;

/** Number of standard deviations that are added to the mean demand of an announced event. */
const EVENT_DEVIATIONS = 2;

/**
 * Quantile for a goal with a limit. The margin is applied to this quantile, because there is no
 * price from which to compute a quantile.
 */
const LIMIT_LEVEL = 0.9;

/** Options of a policy. */
export interface PolicyOptions {
  readonly lead: number;
  readonly goal: Goal;
  readonly events: readonly AnnouncedEvent[];
  /** Additional quantiles to compute. */
  readonly levels: readonly number[];
}

/** For a goal, the quantile of demand from which floors are computed. */
export function decidingLevel(goal: Goal): number {
  return goal.kind === 'price' ? criticalLevel(goal.price) : LIMIT_LEVEL;
}

/** The margins on which floors depend. */
export interface FloorMargins {
  /** First minute to which they apply, in whole minutes since 1970. */
  readonly at: number;
  /** Factor by which the forecasts of the deciding level are multiplied. */
  readonly deciding: number;
  /** Lower bound of a floor, as a share of the recent maximum. */
  readonly hold: number;
}

/** Factors by which the forecasts of each level are multiplied. */
export interface Margins extends FloorMargins {
  readonly levels: readonly number[];
}

/**
 * Computes floors from models. A floor is the forecast of the newest model at that time, multiplied
 * by a margin that is computed from earlier forecasts. Minutes are identified by their index. A
 * floor depends only on data from at least `lead` + 1 minutes before its minute.
 */
export class Policy {
  private readonly raw = new Map<number, Float64Array>();
  private readonly models: ReadonlyMap<number, readonly Model[]>;
  private readonly busiest: Float64Array;
  private readonly row: Float64Array;
  /** Times of the fits, oldest first. */
  private readonly moments: readonly number[];

  public constructor(
    private readonly inputs: Inputs,
    private readonly options: PolicyOptions,
    models: readonly Model[],
    length: number = inputs.demand.length,
  ) {
    const byMoment = new Map<number, Model[]>();
    for (const model of models) byMoment.set(model.fittedAt, [...(byMoment.get(model.fittedAt) ?? []), model]);
    this.models = byMoment;
    this.moments = [...byMoment.keys()].sort((a, b) => a - b);
    this.busiest = rollingExtreme(inputs.demand.values, CEILING_DAYS * MINUTES_PER_DAY);
    this.row = new Float64Array(featureCount(inputs));
    for (const level of this.allLevels()) this.raw.set(level, new Float64Array(length).fill(Number.NaN));
  }

  /** First index for which there is a model. */
  public get first(): number {
    return Math.max(this.options.lead + 1, (this.moments[0] ?? Number.POSITIVE_INFINITY) - this.inputs.demand.start);
  }

  /** Forecast of a quantile for an index, without margin. */
  public rawAt(index: number, level: number): number {
    const values = this.raw.get(level)!;
    if (Number.isNaN(values[index]!)) this.forecast(index);
    return values[index]!;
  }

  /**
   * Margins that apply at an index. They are updated every three hours, counted from the newest
   * model.
   */
  public marginsAt(index: number): Margins {
    const floor = this.floorMarginsAt(index);
    if (this.margins?.at !== floor.at) {
      this.margins = { ...floor, levels: this.levelMarginsOf(floor.at - this.inputs.demand.start) };
    }
    return this.margins;
  }

  private margins: Margins | undefined;

  /** Margins for floors only. The margins of the levels take much longer to compute. */
  private floorMarginsAt(index: number): FloorMargins {
    const { start } = this.inputs.demand;
    const minute = start + index;
    const fitted = this.momentOf(minute);
    const at = fitted + Math.floor((minute - fitted) / MARGIN_MINUTES) * MARGIN_MINUTES;
    if (this.floorMargins?.at !== at) this.floorMargins = this.floorMarginsOf(at - start);
    return this.floorMargins;
  }

  private floorMargins: FloorMargins | undefined;

  /** Floor of a minute, in instances. */
  public floorAt(index: number, margins: FloorMargins = this.floorMarginsAt(index)): number {
    const { demand } = this.inputs;
    const last = index - this.options.lead - 1;
    const recent = demand.maxima.get(15)![last]!;
    const highest = CEILING * this.busiest[last]!;
    const wanted = Math.min(
      highest,
      Math.max(margins.deciding * this.rawAt(index, this.deciding), margins.hold * recent),
    );
    return wholeUnits(
      withEvents(wanted, demand.start + index, this.options.events, (event) => this.ordinaryAt(index, event)),
    );
  }

  /**
   * Estimates the demand of a minute without the event. It is last week's shape, scaled to the
   * level just before the event, plus a margin for noise.
   */
  private ordinaryAt(index: number, event: AnnouncedEvent): number {
    const { demand, calendar } = this.inputs;
    const last = Math.min(index - this.options.lead, event.from - demand.start) - 1;
    if (last < 0) return 0;
    const hour = meanOf(demand, last - 59, last + 1);
    const noise = EVENT_DEVIATIONS * deviationOf(demand, last, 60);
    const week = calendar.lag(demand.start + index, 7);
    const lag = last - week < 60 ? calendar.lag(demand.start + index, 1) : week;
    if (last - lag < 60) return hour + noise;
    const before = meanOf(demand, last - lag - 59, last - lag + 1);
    const shape = meanOf(demand, index - lag - 7, index - lag + 8);
    return (before > 0 ? (shape * hour) / before : hour) + noise;
  }

  /**
   * Quantiles of a minute with margins, in the given order. A higher quantile is never below a
   * lower one.
   */
  public bandsAt(index: number, margins: Margins = this.marginsAt(index)): number[] {
    let lower = 0;
    return this.options.levels.map((level, i) => {
      lower = Math.max(lower, margins.levels[i]! * this.rawAt(index, level));
      return lower;
    });
  }

  private get deciding(): number {
    return decidingLevel(this.options.goal);
  }

  private allLevels(): Set<number> {
    return new Set([this.deciding, ...this.options.levels]);
  }

  private forecast(index: number): void {
    writeFeatures(this.inputs, index, this.options.lead, this.row, 0);
    for (const model of this.models.get(this.momentOf(this.inputs.demand.start + index)) ?? []) {
      const values = this.raw.get(model.level);
      if (values) values[index] = applied(model, this.row);
    }
  }

  private momentOf(minute: number): number {
    let found = this.moments[0] ?? minute;
    for (const moment of this.moments) {
      if (moment > minute) break;
      found = moment;
    }
    return found;
  }

  private floorMarginsOf(index: number): FloorMargins {
    const { from, yesterday, until } = this.marginSpan(index);
    const { goal } = this.options;
    const earned = (since: number) => {
      const pairs = this.pairs(this.deciding, since, until);
      return goal.kind === 'price' ? weightedQuantile(pairs, this.deciding) : factorWithinLimit(pairs, goal.cold);
    };
    const deciding = Math.sqrt(earned(from) * earned(yesterday));
    return { at: this.inputs.demand.start + index, deciding, hold: this.holdOf(deciding, from, until) };
  }

  private levelMarginsOf(index: number): number[] {
    const { from, yesterday, until } = this.marginSpan(index);
    const factor = (level: number, since: number) => quantile(this.pairs(level, since, until), level);
    return this.options.levels.map((level) => Math.sqrt(factor(level, from) * factor(level, yesterday)));
  }

  /**
   * Returns the start of the last week and of the last day before an index, and the end of both.
   */
  private marginSpan(index: number): { readonly from: number; readonly yesterday: number; readonly until: number } {
    const from = Math.max(this.first, index - MARGIN_DAYS * MINUTES_PER_DAY);
    return {
      from,
      yesterday: Math.max(from, index - MINUTES_PER_DAY),
      until: Math.min(index - this.options.lead, this.inputs.demand.length),
    };
  }

  private pairs(level: number, from: number, until: number): Pairs {
    return pairsOf(this.inputs.demand, this.rawBetween(level, from, until), from, until);
  }

  private holdOf(margin: number, from: number, until: number): number {
    const { known, values, maxima } = this.inputs.demand;
    const recent = maxima.get(15)!;
    const forecasts = this.rawBetween(this.deciding, from, until);
    const price = priceOf(this.options.goal);
    let plainCost = 0;
    let heldCost = 0;
    for (let index = from; index < until; index++) {
      if (known[index] === 0) continue;
      const wanted = margin * forecasts[index]!;
      const held = Math.max(wanted, HOLD * recent[index - this.options.lead - 1]!);
      plainCost += wanted + price * Math.max(0, values[index]! - wanted);
      heldCost += held + price * Math.max(0, values[index]! - held);
    }
    return heldCost <= MAX_HOLD_COST_RATIO * plainCost ? HOLD : 0;
  }

  /**
   * Returns the forecasts of a level by index. Forecasts are computed for all measured minutes of
   * the span.
   */
  private rawBetween(level: number, from: number, until: number): Float64Array {
    const values = this.raw.get(level)!;
    const { known } = this.inputs.demand;
    for (let index = from; index < until; index++) {
      // The condition is also true for NaN, which means that the forecast isn't computed yet.
      if (!(values[index]! >= 0) && known[index] === 1) this.forecast(index);
    }
    return values;
  }
}

/** Rounds up, but ignores rounding errors above a whole number. */
export function wholeUnits(units: number): number {
  return Math.max(0, Math.ceil(units - 1e-9));
}
