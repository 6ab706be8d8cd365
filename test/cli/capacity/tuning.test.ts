import * as fc from 'fast-check';
import { durationAt, modelledDuration, modelledPoints, readTuning, tune } from '../../../cli/capacity/tuning';

describe('the model', () => {
  test('computes with a share of one vCPU, and waits as long as it waits', () => {
    expect(modelledDuration({ cpuMs: 100, waitMs: 50 }, 1769)).toBe(150);
    expect(modelledDuration({ cpuMs: 100, waitMs: 50 }, 1769 / 2)).toBe(250);
    expect(modelledDuration({ cpuMs: 100, waitMs: 50 }, 10_240)).toBe(150);
  });

  test('makes work that only waits cheapest at the least memory, and no faster with more', () => {
    const { cheapest, fastest, leanest } = tune(modelledPoints({ cpuMs: 0.001, waitMs: 200 }), 512, 'modelled');
    expect([cheapest.memoryMb, fastest.memoryMb, leanest.memoryMb]).toEqual([128, 128, 128]);
  });

  test('makes work that only computes cost the same below one vCPU, and gain nothing beyond', () => {
    const { points, fastest } = tune(modelledPoints({ cpuMs: 100, waitMs: 0 }), 512, 'modelled');
    const at = (memoryMb: number) => points.find((point) => point.memoryMb === memoryMb)!;
    expect(at(256).usdPerMillion).toBeCloseTo(at(1536).usdPerMillion, 9);
    expect(fastest.memoryMb).toBe(1769);
    expect(at(4096).usdPerMillion).toBeGreaterThan(at(1769).usdPerMillion);
  });
});

describe('weighing', () => {
  test('says how units and provisioned money change with duration and memory', () => {
    const { points, present, balanced } = tune(
      [
        { memoryMb: 512, durationMs: 400 },
        { memoryMb: 1024, durationMs: 180 },
        { memoryMb: 2048, durationMs: 170 },
      ],
      512,
      'measured',
    );
    expect(present).toMatchObject({ units: 1, provisioned: 1 });
    expect(points[1]).toMatchObject({ units: 0.45, provisioned: 0.9 });
    expect(points[1]!.usdPerMillion).toBeCloseTo(0.18 * 1e6 * 0.0000133334 + 0.2, 9);
    expect(balanced.memoryMb).toBe(1024);
  });

  test('takes the smallest memory among those as good as fastest', () => {
    const tuning = tune(
      [
        { memoryMb: 1024, durationMs: 100.5 },
        { memoryMb: 2048, durationMs: 100 },
      ],
      1024,
      'measured',
    );
    expect(tuning.fastest.memoryMb).toBe(1024);
  });

  test('never finds a point better than those it picks', () =>
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 128, max: 10_240 }), { minLength: 2, maxLength: 8 }),
        fc.infiniteStream(fc.double({ min: 1, max: 5000, noNaN: true })),
        (sizes, durations) => {
          const points = sizes
            .sort((a, b) => a - b)
            .map((memoryMb) => ({ memoryMb, durationMs: durations.next().value }));
          const tuning = tune(points, points[0]!.memoryMb, 'measured');
          for (const point of tuning.points) {
            expect(point.usdPerMillion).toBeGreaterThanOrEqual(tuning.cheapest.usdPerMillion);
            expect(point.provisioned).toBeGreaterThanOrEqual(tuning.leanest.provisioned);
            expect(point.durationMs * 1.01).toBeGreaterThanOrEqual(tuning.fastest.durationMs);
          }
        },
      ),
    ));
});

describe('between measured sizes', () => {
  const points = [
    { memoryMb: 256, durationMs: 400 },
    { memoryMb: 1024, durationMs: 200 },
  ];
  test.each([
    [128, 400],
    [256, 400],
    [512, 300],
    [1024, 200],
    [4096, 200],
  ])('%d MB takes %d ms', (memoryMb, expected) => {
    expect(durationAt(points, memoryMb)).toBeCloseTo(expected, 9);
  });
});

describe('a file of measurements', () => {
  test('may have a header, other columns and several rows of a size', () => {
    const csv = 'power,cost,duration,init_ms\n1024,1,180,300\n512,1,400,310\n512,1,420,\n512,1,900,330\n';
    expect(readTuning(csv, 't.csv')).toEqual([
      { memoryMb: 512, durationMs: 420, initMs: 320 },
      { memoryMb: 1024, durationMs: 180, initMs: 300 },
    ]);
  });

  test.each([
    ['a single size', '512,400', 'at least two sizes of memory are needed to compare, got 1'],
    [
      'a word',
      'memoryMb,durationMs\n512,400\n1024,fast',
      't.csv, line 3: memoryMb,durationMs must be numbers above 0, got 1024,fast',
    ],
    ['a header of something else', 'day,price\n1,2', 'its header must name memoryMb and durationMs, got day,price'],
    ['more memory than there is', '512,400\n20480,1', 'line 2'],
  ])('is refused for %s', (_, csv, message) => {
    expect(() => readTuning(csv, 't.csv')).toThrow(message);
  });
});
