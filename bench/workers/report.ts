import { type Figures, printTable, type Result, round } from '../measure';
import type { Candidate } from './candidates';
import type { Crash } from './crashes';
import { growthOf } from './memory';
import type { BatchTime } from './timing';

export type Times = ReadonlyMap<Candidate, BatchTime>;

/** Calls and write units of one message. */
export interface UsagePerMessage {
  readonly calls: number;
  readonly units: number;
  /** Write units of the second delivery of a message. */
  readonly unitsOfDuplicate: number;
}

export interface Measured {
  readonly names: readonly Candidate[];
  readonly times: Times;
  readonly usage: ReadonlyMap<Candidate, UsagePerMessage>;
  /** Times on DynamoDB Local, or the reason why it can't run. */
  readonly local: Times | string;
  readonly heaps: readonly number[];
  readonly crashes: ReadonlyMap<Candidate, Crash>;
  readonly missing: readonly string[];
}

const TITLES: Readonly<Partial<Record<Candidate, string>>> = { byhand: 'loop by hand', powertools: 'Powertools' };

/** Prints the table, and makes the figures and aims. */
export function report({ names, times, usage, local, heaps, crashes, missing }: Measured): Result {
  const localTimes: Times = typeof local === 'string' ? new Map() : local;
  const crashed = (name: Candidate, kind: keyof Crash) => crashes.get(name)?.[kind] ?? '-';
  printTable([
    [
      'a batch of ten messages',
      ...['ms, stub', 'CPU ms', 'ms, DynamoDB Local', 'calls a message', 'units a message', 'units of a duplicate'],
      ...['half-way', 'charged twice', 'held'],
    ],
    ...names.map((name) => {
      const { calls = 0, units = 0, unitsOfDuplicate = 0 } = usage.get(name) ?? {};
      const ms = (time: number | undefined) => (time === undefined ? '-' : (time / 1_000).toFixed(2));
      return [
        TITLES[name] ?? `once(), ${name}`,
        ...[ms(times.get(name)?.wall), ms(times.get(name)?.cpu), ms(localTimes.get(name)?.wall)],
        ...[calls, units, unitsOfDuplicate],
        ...[crashed(name, 'halfWay'), crashed(name, 'chargedTwice'), crashed(name, 'held')],
      ];
    }),
  ]);
  const by = <V>(values: ReadonlyMap<Candidate, V>, figure: (value: V) => Figures) =>
    Object.fromEntries([...values].map(([name, value]) => [name, figure(value)]));
  const unitsOf = (name: Candidate) => usage.get(name)?.units;
  const figures = {
    // The effects of both peers are constant too: they don't read the order.
    conditionalTimes: ratio(times, 'powertools', 'constant', 'wall'),
    conditionalTimesCpu: ratio(times, 'powertools', 'constant', 'cpu'),
    conditionalTimesLocal: ratio(localTimes, 'powertools', 'constant', 'wall'),
    conditionalTimesOfMarker: ratio(times, 'powertools', 'marker', 'wall'),
    conditionalTimesOfMarkerCpu: ratio(times, 'powertools', 'marker', 'cpu'),
    conditionalUnits: over(unitsOf('constant'), unitsOf('powertools')),
    handLoopRatio: ratio(times, 'constant', 'byhand', 'wall'),
    handLoopRatioCpu: ratio(times, 'constant', 'byhand', 'cpu'),
    handLoopRatioLocal: ratio(localTimes, 'constant', 'byhand', 'wall'),
    handLoopRatioOfMarker: ratio(times, 'marker', 'byhand', 'wall'),
    handLoopRatioOfMarkerCpu: ratio(times, 'marker', 'byhand', 'cpu'),
    batchMs: by(times, ({ wall }) => round(wall / 1_000)),
    callsPerMessage: by(usage, ({ calls }) => calls),
    units: by(usage, ({ units }) => units),
    unitsOfDuplicate: by(usage, ({ unitsOfDuplicate }) => unitsOfDuplicate),
    chargedTwice: by(crashes, ({ chargedTwice }) => chargedTwice),
    held: by(crashes, ({ held }) => held),
    halfWay: by(crashes, ({ halfWay }) => halfWay),
    heapMb: round(heaps.at(-1) ?? 0, 2),
    heapGrowthMb: round(growthOf(heaps), 2),
  };
  return {
    figures,
    missing: [...missing, ...(typeof local === 'string' ? [local] : [])],
    aims: [
      { figure: 'conditionalTimes', value: figures.conditionalTimes, atLeast: 3 },
      { figure: 'conditionalUnits', value: figures.conditionalUnits, atMost: 0.34 },
      { figure: 'handLoopRatio', value: figures.handLoopRatio, atMost: 1.5 },
      { figure: 'chargedTwice.ask', value: crashes.get('ask')?.chargedTwice, atMost: 0 },
      { figure: 'chargedTwice.hold', value: crashes.get('hold')?.chargedTwice, atMost: 0 },
      { figure: 'heapGrowthMb', value: figures.heapGrowthMb, atMost: 1 },
    ],
  };
}

function ratio(times: Times, above: Candidate, below: Candidate, kind: keyof BatchTime): number | undefined {
  return over(times.get(above)?.[kind], times.get(below)?.[kind]);
}

function over(above: number | undefined, below: number | undefined): number | undefined {
  return above === undefined || below === undefined ? undefined : round(above / below);
}
