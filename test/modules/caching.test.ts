import { Duration, Lazy } from 'aws-cdk-lib';
import { Caching } from '../../lib/modules';

describe('Caching', () => {
  test('shared caches answers for its time, and none doesn’t cache', () => {
    expect(Caching.shared(Duration.minutes(5)).ttl?.toSeconds()).toBe(300);
    expect(Caching.shared(Duration.seconds(1)).isShared).toBe(true);
    expect(Caching.none().isShared).toBe(false);
  });

  test.each([
    ['nothing', Duration.seconds(0)],
    ['a part of a second', Duration.millis(500)],
    ['a second and a half', Duration.millis(1_500)],
    ['more than a year', Duration.days(366)],
  ])('fails when the time is %s', (_, ttl) => {
    expect(() => Caching.shared(ttl)).toThrow(
      `ttl must be whole seconds from 1 second to 365 days, got ${ttl.toHumanString()}`,
    );
  });

  test('fails when the time is a token', () => {
    expect(() => Caching.shared(Duration.seconds(Lazy.number({ produce: () => 5 })))).toThrow('got a token');
  });
});
