import { type App, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { AliasedFunction, Scaling } from '../../lib/functions';
import { type AnnouncedEvent, PredictiveScaling, type PredictiveScalingProps } from '../../lib/prediction';
import { handler, predicted, shop } from './fixtures';

const token = Lazy.string({ produce: () => '2026-01-01' });
const number = Lazy.number({ produce: () => 5 });

const EVENT: AnnouncedEvent = { start: '2026-11-27T08:00:00Z', end: '2026-11-27T12:00:00Z', factor: 3 };
const at = (event: Partial<AnnouncedEvent>) => ({ events: [{ ...EVENT, ...event }] });
const days = (count: number) =>
  Array.from({ length: count }, (_, i) => new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10));

describe('PredictiveScaling takes', () => {
  test.each<[string, Partial<PredictiveScalingProps>]>([
    ['the shortest lead', { lead: Duration.seconds(60) }],
    ['the longest lead', { lead: Duration.hours(1) }],
    ['UTC', { timeZone: 'UTC' }],
    ['a zone in two parts', { timeZone: 'America/Argentina/Buenos_Aires' }],
    ['a leap day', { holidays: ['2028-02-29'] }],
    ['400 holidays', { holidays: days(400) }],
    ['instants with seconds and offsets', at({ start: '2026-11-27T08:00:00.5+05:30', end: '2026-11-27T08:00-05:00' })],
    ['an event of 50 executions, all that may be warm', at({ factor: undefined, demand: 50 })],
    ['an event with both', at({ demand: 1, factor: 1 })],
    ['100 events', { events: Array.from({ length: 100 }, () => EVENT) }],
  ])('%s', (_what, props) => {
    expect(() => predicted(props)).not.toThrow();
  });

  test('ten indicators', () => {
    const { stack, checkout } = shop();
    const indicators = Array.from({ length: 10 }, (_, i) => new AliasedFunction(stack, `I${i}`, { handler }));
    expect(() => new PredictiveScaling(stack, 'Ahead', { target: checkout, indicators })).not.toThrow();
  });
});

describe('PredictiveScaling fails', () => {
  test.each<[string, Partial<PredictiveScalingProps>, string]>([
    ['lead', { lead: Duration.minutes(0) }, 'Shop/Ahead: lead in minutes must be a whole number from 1 to 60, got 0'],
    ['lead', { lead: Duration.minutes(61) }, 'got 61'],
    ['lead', { lead: Duration.seconds(90) }, 'got 1.5'],
    ['lead', { lead: Duration.minutes(number) }, 'lead must be a literal, got a token'],
    [
      'timeZone',
      { timeZone: 'Mars/Olympus' },
      "timeZone must be a zone's IANA name such as 'Europe/Berlin', got 'Mars",
    ],
    ['timeZone', { timeZone: '+02:00' }, "IANA name such as 'Europe/Berlin', got '+02:00'"],
    ['timeZone', { timeZone: '' }, "got ''"],
    ['timeZone', { timeZone: token }, 'timeZone must be a literal, got a token'],
    ['holidays', { holidays: ['2026-02-30'] }, 'holidays[0] must be a day that exists, as YYYY-MM-DD, got'],
    [
      'holidays',
      { holidays: ['2026-12-25', '25.12.2026'] },
      "holidays[1] must be a day that exists, as YYYY-MM-DD, got '25",
    ],
    ['holidays', { holidays: ['2026-13-01'] }, 'holidays[0] must be a day that exists'],
    ['holidays', { holidays: ['2026-12-25', '2026-12-25'] }, "holidays[1] must be named once, got '2026-12-25' again"],
    ['holidays', { holidays: [token] }, 'holidays[0] must be a literal, got a token'],
    ['holidays', { holidays: Lazy.list({ produce: () => [] }) }, 'holidays must be a literal, got a token'],
    ['holidays', { holidays: days(401) }, 'holidays must be at most 400, got 401'],
    ['events', { events: Array.from({ length: 101 }, () => EVENT) }, 'events must be at most 100, got 101'],
    [
      'events',
      at({ end: EVENT.start }),
      'events[0].end must be after the start 2026-11-27T08:00:00Z, got 2026-11-27T08:00',
    ],
    ['events', at({ start: '2026-11-27T12:30:00+00:00' }), 'events[0].end must be after the start'],
    ['events', at({ start: '2026-11-27T08:00:00' }), 'events[0].start must be ISO 8601 with a zone, such as'],
    ['events', at({ end: '2026-02-30T08:00:00Z' }), 'events[0].end must be ISO 8601 with a zone'],
    ['events', at({ end: '2026-11-27T24:00:00Z' }), 'events[0].end must be ISO 8601 with a zone'],
    ['events', at({ start: 'Friday' }), "got 'Friday'"],
    ['events', at({ start: token }), 'events[0].start must be a literal, got a token'],
    ['events', at({ factor: undefined }), 'events[0] must say what it brings, got neither factor nor demand'],
    ['events', at({ factor: 0.5 }), 'events[0].factor must be from 1 to 1000, got 0.5: an event only raises the floor'],
    ['events', at({ factor: 1_001 }), 'got 1001'],
    ['events', at({ factor: Number.NaN }), 'got NaN'],
    ['events', at({ factor: number }), 'events[0].factor must be a literal, got a token'],
    ['events', at({ demand: 51 }), 'events[0].demand must be a whole number from 1 to 50, got 51'],
    ['events', at({ demand: 0 }), 'got 0'],
    ['events', at({ demand: number }), 'events[0].demand must be a literal, got a token'],
  ])('on %s %#', (_prop, props, message) => {
    expect(() => predicted(props)).toThrow(message);
  });

  test.each([
    [undefined, 'Scaling.onDemand()'],
    [Scaling.reserved(5), 'Scaling.reserved(5)'],
  ])('on a target without provisioned concurrency %#', (scaling, got) => {
    const { stack } = shop();
    const target = new AliasedFunction(stack, 'Basket', { handler, scaling });
    expect(() => new PredictiveScaling(stack, 'Ahead', { target })).toThrow(
      `Shop/Ahead: target must have provisioned concurrency, got 'Shop/Basket' with ${got}; give it Scaling.provisioned({ min, max })`,
    );
  });

  test('on a second forecast of one target', () => {
    const { stack, checkout } = predicted();
    expect(() => new PredictiveScaling(stack, 'Again', { target: checkout })).toThrow(
      "Shop/Again: target must be scaled by one construct, got 'Shop/Checkout', which Shop/Ahead scales already",
    );
  });

  test('on a target elsewhere', () => {
    const { checkout, stack } = shop(undefined, { env: { region: 'eu-west-1' } });
    const there = new Stack(stack.node.root as App, 'There', { env: { region: 'us-east-1' } });
    expect(() => new PredictiveScaling(there, 'Ahead', { target: checkout })).toThrow(
      "There/Ahead: target must be in the same Region and account, got 'Shop/Checkout' of aws://unknown-account/eu-west-1",
    );
  });

  test('on indicators that can’t be', () => {
    const { stack, checkout, search } = shop(undefined, { env: { region: 'eu-west-1' } });
    const there = new Stack(stack.node.root as App, 'There', { env: { region: 'us-east-1' } });
    const far = new AliasedFunction(there, 'Far', { handler });
    const many = Array.from({ length: 11 }, (_, i) => new AliasedFunction(stack, `I${i}`, { handler }));
    const fails = (i: number, indicators: AliasedFunction[], message: string) =>
      expect(() => new PredictiveScaling(stack, `Ahead${i}`, { target: checkout, indicators })).toThrow(message);
    fails(1, [checkout], "indicators[0] must be another than the target, got 'Shop/Checkout'");
    fails(2, [search, search], "indicators[1] must be named once, got 'Shop/Search' again");
    fails(3, many, 'indicators must be at most 10, got 11');
    fails(4, [search, far], "indicators[1] must be in the same Region and account, got 'There/Far'");
  });
});
