import { Lazy } from 'aws-cdk-lib';
import { ColdStartGoal } from '../../lib/prediction';

describe('ColdStartGoal', () => {
  test('is a limit or a price, never both', () => {
    expect({ ...ColdStartGoal.atMost(0.01) }).toEqual({ share: 0.01, idleUnitMinutes: undefined });
    expect({ ...ColdStartGoal.worth(40) }).toEqual({ share: undefined, idleUnitMinutes: 40 });
  });

  test('takes its bounds', () => {
    expect(ColdStartGoal.atMost(0.0001).share).toBe(0.0001);
    expect(ColdStartGoal.atMost(0.5).share).toBe(0.5);
    expect(ColdStartGoal.worth(2).idleUnitMinutes).toBe(2);
    expect(ColdStartGoal.worth(10_000).idleUnitMinutes).toBe(10_000);
  });

  test.each([0, 0.00009, 0.51, 1, -0.01, Number.NaN])('fails at a share of %d', (share) => {
    expect(() => ColdStartGoal.atMost(share)).toThrow(
      `ColdStartGoal.atMost: share must be from 0.0001 to 0.5, got ${share}`,
    );
  });

  test.each([1, 10_001, -40, Number.NaN, Number.POSITIVE_INFINITY])('fails at a worth of %d', (worth) => {
    expect(() => ColdStartGoal.worth(worth)).toThrow(`idleUnitMinutes must be from 2 to 10000, got ${worth}`);
  });

  test('fails on tokens', () => {
    const token = Lazy.number({ produce: () => 0.01 });
    expect(() => ColdStartGoal.atMost(token)).toThrow('share must be a literal, got a token');
    expect(() => ColdStartGoal.worth(token)).toThrow('idleUnitMinutes must be a literal, got a token');
  });
});
