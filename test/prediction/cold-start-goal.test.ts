import { Lazy } from 'aws-cdk-lib';
import { ColdStartGoal } from '../../lib/prediction';
import { isColdStartGoal } from '../../lib/prediction/cold-start-goal';

describe('ColdStartGoal', () => {
  test('is either a limit or a price', () => {
    expect({ ...ColdStartGoal.atMost(0.01) }).toEqual({ share: 0.01, idleUnitMinutes: undefined });
    expect({ ...ColdStartGoal.pricedAt(40) }).toEqual({ share: undefined, idleUnitMinutes: 40 });
  });

  test('accepts the smallest and largest values', () => {
    expect(ColdStartGoal.atMost(0.0001).share).toBe(0.0001);
    expect(ColdStartGoal.atMost(0.5).share).toBe(0.5);
    expect(ColdStartGoal.pricedAt(2).idleUnitMinutes).toBe(2);
    expect(ColdStartGoal.pricedAt(10_000).idleUnitMinutes).toBe(10_000);
  });

  test.each([0, 0.00009, 0.51, 1, -0.01, Number.NaN])('fails at a share of %d', (share) => {
    expect(() => ColdStartGoal.atMost(share)).toThrow(
      `ColdStartGoal.atMost: share must be from 0.0001 to 0.5, got ${share}`,
    );
  });

  test.each([1, 10_001, -40, Number.NaN, Number.POSITIVE_INFINITY])('fails at a worth of %d', (worth) => {
    expect(() => ColdStartGoal.pricedAt(worth)).toThrow(`idleUnitMinutes must be from 2 to 10000, got ${worth}`);
  });

  test('fails on text, and the error shows that it is text', () => {
    const text = '0.01' as unknown as number;
    expect(() => ColdStartGoal.atMost(text)).toThrow("share must be from 0.0001 to 0.5, got '0.01'");
  });

  test('fails on tokens', () => {
    const token = Lazy.number({ produce: () => 0.01 });
    expect(() => ColdStartGoal.atMost(token)).toThrow('share must be a literal, got a token');
    expect(() => ColdStartGoal.pricedAt(token)).toThrow('idleUnitMinutes must be a literal, got a token');
  });
});

describe('isColdStartGoal', () => {
  test('accepts goals of this class and of another copy of the library', () => {
    let copy = ColdStartGoal;
    jest.isolateModules(() => {
      const module = jest.requireActual<{ ColdStartGoal: typeof ColdStartGoal }>(
        '../../lib/prediction/cold-start-goal',
      );
      copy = module.ColdStartGoal;
    });
    expect(copy).not.toBe(ColdStartGoal);
    for (const made of [ColdStartGoal, copy]) {
      expect([made.pricedAt(2), made.atMost(0.5)].map(isColdStartGoal)).toEqual([true, true]);
    }
  });

  test.each<[unknown]>([
    [undefined],
    [null],
    [40],
    ['worth'],
    [{}],
    [{ share: 5 }],
    [{ share: 0 }],
    [{ share: '0.01' }],
    [{ share: Number.NaN }],
    [{ share: null, idleUnitMinutes: 40 }],
    [{ share: 0.01, idleUnitMinutes: 40 }],
    [{ idleUnitMinutes: 1 }],
    [{ idleUnitMinutes: '40' }],
    [ColdStartGoal],
    [ColdStartGoal.pricedAt],
  ])('refuses %p', (value) => {
    expect(isColdStartGoal(value)).toBe(false);
  });
});
