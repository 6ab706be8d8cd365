import { type App, Duration, type Environment, Lazy, NestedStack, Stack } from 'aws-cdk-lib';
import { AliasedFunction, Scaling } from '../../lib/functions';
import {
  type AnnouncedEvent,
  ColdStartGoal,
  PredictiveScaling,
  type PredictiveScalingProps,
} from '../../lib/prediction';
import { DeploymentProfile } from '../../lib/profile';
import { BreakwaterError } from '../../lib/validation';
import { QueueWorker } from '../../lib/workers';
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

  test('values of another copy of the library', () => {
    const goal = { ...ColdStartGoal.atMost(0.01) } as ColdStartGoal;
    expect(() => predicted({ goal, profile: { ...DeploymentProfile.PRODUCTION } as DeploymentProfile })).not.toThrow();
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
    ['holidays', { holidays: ['2026-12-25', '2026-12-25'] }, "holidays[1] must be listed once, got '2026-12-25' again"],
    ['holidays', { holidays: [token] }, 'holidays[0] must be a literal, got a token'],
    ['holidays', { holidays: Lazy.list({ produce: () => [] }) }, 'holidays must be a literal, got a token'],
    ['holidays', { holidays: days(401) }, 'holidays must have at most 400 entries, got 401'],
    ['events', { events: Array.from({ length: 101 }, () => EVENT) }, 'events must have at most 100 entries, got 101'],
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
    ['events', at({ factor: undefined }), "events[0] must set 'factor' or 'demand', got neither"],
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

  const IRELAND: Environment = { region: 'eu-west-1' };
  const OWN: Environment = { account: '111111111111' };
  test.each<[string, Environment | undefined, string, Environment | undefined, string]>([
    ['in another Region', IRELAND, 'unknown-account/eu-west-1', { region: 'us-east-1' }, 'unknown-account/us-east-1'],
    [
      'in a Region, from a stack of any',
      IRELAND,
      'unknown-account/eu-west-1',
      undefined,
      'unknown-account/unknown-region',
    ],
    [
      'in any Region, from a stack of one',
      undefined,
      'unknown-account/unknown-region',
      IRELAND,
      'unknown-account/eu-west-1',
    ],
    ['in any account', IRELAND, 'unknown-account/eu-west-1', { ...IRELAND, ...OWN }, '111111111111/eu-west-1'],
    [
      'in another account',
      OWN,
      '111111111111/unknown-region',
      { account: '222222222222' },
      '222222222222/unknown-region',
    ],
  ])('on a target %s', (_what, env, at, otherEnv, otherAt) => {
    const { checkout, search, stack } = shop(undefined, { env });
    const there = new Stack(stack.node.root as App, 'There', { env: otherEnv });
    const target = new AliasedFunction(there, 'Basket', { handler, scaling: Scaling.provisioned({ min: 1, max: 2 }) });
    const fails = (id: string, props: PredictiveScalingProps, message: string) =>
      expect(() => new PredictiveScaling(there, id, props)).toThrow(message);
    const ends = `of aws://${at} for aws://${otherAt}; give both stacks the same env`;
    const must = 'must be in the same Region and account, got';
    fails('Ahead', { target: checkout }, `There/Ahead: target ${must} 'Shop/Checkout' ${ends}`);
    fails('Again', { target, indicators: [search] }, `There/Again: indicators[0] ${must} 'Shop/Search' ${ends}`);
  });

  test.each([undefined, IRELAND, { ...IRELAND, ...OWN }])(
    'never on a target of a stack in the same account and Region: %p',
    (env) => {
      const { checkout, search, stack } = shop(undefined, { env });
      const there = new Stack(stack.node.root as App, 'There', { env });
      const nested = new NestedStack(there, 'Nested');
      new PredictiveScaling(nested, 'Ahead', { target: checkout, indicators: [search] });
      expect(() => (stack.node.root as App).synth()).not.toThrow();
    },
  );

  test('on invalid indicators', () => {
    const { stack, checkout, search } = shop(undefined, { env: { region: 'eu-west-1' } });
    const there = new Stack(stack.node.root as App, 'There', { env: { region: 'us-east-1' } });
    const far = new AliasedFunction(there, 'Far', { handler });
    const many = Array.from({ length: 11 }, (_, i) => new AliasedFunction(stack, `I${i}`, { handler }));
    const fails = (i: number, indicators: AliasedFunction[], message: string) =>
      expect(() => new PredictiveScaling(stack, `Ahead${i}`, { target: checkout, indicators })).toThrow(message);
    fails(1, [checkout], "indicators[0] must not be the target itself, got 'Shop/Checkout'");
    fails(2, [search, search], "indicators[1] must be listed once, got 'Shop/Search' again");
    fails(3, many, 'indicators must have at most 10 entries, got 11');
    fails(4, [search, far], "indicators[1] must be in the same Region and account, got 'There/Far'");
  });
});

/** What a caller without types can hand over. */
const untyped = (props: unknown) => props as PredictiveScalingProps;

describe('PredictiveScaling fails for a caller without types', () => {
  const goalRule = (got: string) =>
    `goal must be a ColdStartGoal, got ${got}; use ColdStartGoal.pricedAt(idleUnitMinutes) or ColdStartGoal.atMost(share)`;
  const profileRule = (got: string) =>
    `profile must be a DeploymentProfile, got ${got}; use DeploymentProfile.PRODUCTION, DeploymentProfile.SANDBOX or DeploymentProfile.fromContext(scope)`;
  const eventRule = (got: string) =>
    `events[0] must be an event, got ${got}; state start and end, and factor or demand`;
  const workloadRule = (prop: string, got: string) =>
    `${prop} must be a workload, got ${got}; use a MicroModule, an AliasedFunction, or a worker's function`;

  test.each<[Record<string, unknown>, string]>([
    [{ target: undefined }, workloadRule('target', 'undefined')],
    [{ target: null }, workloadRule('target', 'null')],
    [{ target: {} }, workloadRule('target', 'an object')],
    [{ target: { workload: {} } }, workloadRule('target', 'an object')],
    [{ target: { workload: { _wantedScaling: {} } } }, workloadRule('target', 'an object')],
    [{ target: { workload: new Stack() } }, workloadRule('target', 'an object')],
    [{ target: 'Checkout' }, workloadRule('target', "'Checkout'")],
    [{ goal: {} }, goalRule('an object')],
    [{ goal: { share: 5 } }, goalRule('an object')],
    [{ goal: 40 }, goalRule('40')],
    [{ goal: null }, goalRule('null')],
    [{ goal: ColdStartGoal.pricedAt }, goalRule('a function')],
    [{ lead: 5 }, 'lead must be a Duration, got 5; use Duration.minutes(amount)'],
    [{ lead: null }, 'lead must be a Duration, got null'],
    [{ lead: {} }, 'lead must be a Duration, got an object'],
    [{ timeZone: ['UTC'] }, "timeZone must be a zone's IANA name such as 'Europe/Berlin', got a list"],
    [{ timeZone: null }, 'got null'],
    [{ holidays: 'x' }, "holidays must be a list, got 'x'"],
    [{ holidays: null }, 'holidays must be a list, got null'],
    [{ holidays: new Set() }, 'holidays must be a list, got an instance of Set'],
    [{ holidays: [['2026-12-25']] }, 'holidays[0] must be a day that exists, as YYYY-MM-DD, got a list'],
    [{ holidays: [new Date(0)] }, 'got an instance of Date'],
    [{ events: EVENT }, 'events must be a list, got an object'],
    [{ events: [null] }, eventRule('null')],
    [{ events: ['Friday'] }, eventRule("'Friday'")],
    [{ events: [{}] }, 'events[0].start must be ISO 8601 with a zone, such as'],
    [{ events: [{ ...EVENT, start: [EVENT.start] }] }, "'2026-11-27T08:00:00Z', got a list"],
    [{ events: [{ ...EVENT, end: new Date(0) }] }, 'got an instance of Date'],
    [{ events: [{ ...EVENT, factor: '3' }] }, "events[0].factor must be from 1 to 1000, got '3'"],
    [{ events: [{ ...EVENT, demand: '3' }] }, "events[0].demand must be a whole number from 1 to 50, got '3'"],
    [{ indicators: {} }, 'indicators must be a list, got an object'],
    [{ indicators: ['Search'] }, workloadRule('indicators[0]', "'Search'")],
    [{ indicators: [undefined] }, workloadRule('indicators[0]', 'undefined')],
    [{ profile: 'production' }, profileRule("'production'")],
    [{ profile: null }, profileRule('null')],
    [
      { timezone: 'UTC' },
      'props must be of target, goal, lead, timeZone, holidays, events, indicators, profile, got timezone',
    ],
  ])('on %p', (props, message) => {
    const { stack, checkout } = shop();
    const make = () => new PredictiveScaling(stack, 'Ahead', untyped({ target: checkout, ...props }));
    expect(make).toThrow(BreakwaterError);
    expect(() => new PredictiveScaling(stack, 'Again', untyped({ target: checkout, ...props }))).toThrow(message);
  });

  test('without props', () => {
    expect(() => new PredictiveScaling(shop().stack, 'Ahead', untyped(undefined))).toThrow(
      `Shop/Ahead: ${workloadRule('target', 'undefined')}`,
    );
  });

  test('on a worker, which holds its function', () => {
    const { stack } = shop();
    const worker = new QueueWorker(stack, 'Payments', { handler });
    expect(() => new PredictiveScaling(stack, 'Ahead', untyped({ target: worker }))).toThrow(
      workloadRule('target', 'an instance of QueueWorker'),
    );
  });
});
