import { App, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import fc from 'fast-check';
import {
  BreakwaterError,
  invalid,
  requireEnum,
  requireInstance,
  requireInteger,
  requireKnownProps,
  requireList,
  requireLiteral,
  requireName,
  requireProps,
  shown,
} from '../../lib/validation';

const app = new App();
const scope = new Construct(new Stack(app, 'Shop'), 'Orders');

test('an error says where, what and why, and can be told from others', () => {
  const error = invalid(scope, 'shards', 'must be at least 1, got 0');
  expect(error).toBeInstanceOf(BreakwaterError);
  expect(error.name).toBe('BreakwaterError');
  expect(error.message).toBe('Shop/Orders: shards must be at least 1, got 0');
  expect(invalid(app, 'profile', 'is unknown').message).toBe('App: profile is unknown');
});

test.each<[unknown, string]>([
  [undefined, 'undefined'],
  [null, 'null'],
  [5, '5'],
  [Number.NaN, 'NaN'],
  [false, 'false'],
  ['5', "'5'"],
  [[5], 'a list'],
  [() => 5, 'a function'],
  [class Orders {}, 'a function'],
  [{ shards: 5 }, 'an object'],
  [Object.create(null), 'an object'],
  [new Date(0), 'an instance of Date'],
  [scope, 'an instance of Construct'],
])('%p is shown as %s', (value, text) => {
  expect(shown(value)).toBe(text);
});

describe('requireLiteral', () => {
  test.each([
    ['text', Lazy.string({ produce: () => 'x' })],
    ['text with a token in it', `a-${Lazy.string({ produce: () => 'x' })}`],
    ['a number', Lazy.number({ produce: () => 1 })],
    ['a list', Lazy.list({ produce: () => ['x'] })],
    ['a duration', Duration.seconds(Lazy.number({ produce: () => 1 }))],
  ])('fails when %s is a token, and says what the literal decides', (_, value) => {
    expect(() => requireLiteral(scope, 'name', value, 'it becomes a key')).toThrow(
      'Shop/Orders: name must be a literal, got a token: it becomes a key',
    );
  });

  test.each(['x', 7, ['x'], Duration.seconds(1), undefined])('takes %p', (value) => {
    expect(() => requireLiteral(scope, 'name', value, '')).not.toThrow();
  });
});

describe('requireInteger', () => {
  test('takes exactly the whole numbers within its limits, and nothing given', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(1_000), fc.oneof(fc.integer(), fc.double()), (min, span, value) => {
        const fits = Number.isInteger(value) && value >= min && value <= min + span;
        const check = () => requireInteger(scope, 'shards', value, min, min + span);
        if (fits) expect(check).not.toThrow();
        else expect(check).toThrow(`shards must be a whole number from ${min} to ${min + span}, got ${value}`);
      }),
    );
    for (const edge of [1, 256]) expect(() => requireInteger(scope, 'shards', edge, 1, 256)).not.toThrow();
    expect(() => requireInteger(scope, 'shards', undefined, 1, 256)).not.toThrow();
  });

  test('fails on text, and shows that it is', () => {
    const text = '4' as unknown as number;
    expect(() => requireInteger(scope, 'shards', text, 1, 256)).toThrow("from 1 to 256, got '4'");
  });

  test('fails on a token', () => {
    expect(() => requireInteger(scope, 'shards', Lazy.number({ produce: () => 4 }), 1, 256)).toThrow('got a token');
  });
});

describe('requireName', () => {
  test('takes what fits, and names the rule where it doesn’t', () => {
    expect(() => requireName(scope, 'topic', 'Payments', /^[A-Za-z]+$/, 'letters')).not.toThrow();
    expect(() => requireName(scope, 'topic', 'pay ments', /^[A-Za-z]+$/, 'letters')).toThrow(
      "Shop/Orders: topic must be letters, got 'pay ments'",
    );
  });

  test.each<[unknown, string]>([
    [['Payments'], 'a list'],
    [true, 'true'],
    [undefined, 'undefined'],
  ])('fails on %p, which only reads like text that fits', (value, got) => {
    const check = () => requireName(scope, 'topic', value as string, /^[A-Za-z]+$/, 'letters');
    expect(check).toThrow(`Shop/Orders: topic must be letters, got ${got}`);
  });

  test('fails on a token', () => {
    expect(() => requireName(scope, 'topic', Lazy.string({ produce: () => 'x' }), /./, 'any')).toThrow('got a token');
  });
});

describe('checks for callers without a type checker', () => {
  class Colour {
    public static readonly RED = new Colour();
  }
  enum Kind {
    STANDARD = 'standard',
    FIFO = 'fifo',
  }

  test('an instance is required, of any copy of the library', () => {
    const copy = new (class Colour {})();
    expect(() => requireInstance(scope, 'colour', Colour.RED, Colour, 'use Colour.RED')).not.toThrow();
    expect(() => requireInstance(scope, 'colour', copy, Colour, 'use Colour.RED')).not.toThrow();
    expect(() => requireInstance(scope, 'colour', undefined, Colour, 'use Colour.RED')).not.toThrow();
    for (const [value, got] of [
      ['red', "'red'"],
      [null, 'null'],
      [{}, 'an object'],
    ]) {
      expect(() => requireInstance(scope, 'colour', value, Colour, 'use Colour.RED')).toThrow(
        `Shop/Orders: colour must be a Colour, got ${got}; use Colour.RED`,
      );
    }
  });

  test('an enum, a list and known props are required', () => {
    expect(() => requireEnum(scope, 'kind', 'fifo', 'Kind', Kind)).not.toThrow();
    expect(() => requireEnum(scope, 'kind', 'FIFO', 'Kind', Kind)).toThrow(
      "kind must be a Kind, got 'FIFO'; use Kind.STANDARD or Kind.FIFO",
    );
    expect(() => requireList(scope, 'query', ['page'])).not.toThrow();
    expect(() => requireList(scope, 'query', 'page')).toThrow("query must be a list, got 'page'");
    expect(() => requireKnownProps('Table', { shards: 1 }, ['shards'])).not.toThrow();
    expect(() => requireKnownProps('Table', { shard: 1 }, ['shards'])).toThrow('props must be of shards, got shard');
  });

  test('props must be given', () => {
    expect(() => requireProps(scope, { handler: 1 }, 'handler')).not.toThrow();
    expect(() => requireProps(scope, { handler: null }, 'handler')).toThrow('handler must be given, got nothing');
    expect(() => requireProps(scope, 'x' as unknown as { handler: 1 }, 'handler')).toThrow(
      "props must be an object with handler, got 'x'",
    );
  });
});
