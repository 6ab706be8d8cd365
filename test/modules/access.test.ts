import { Lazy } from 'aws-cdk-lib';
import fc from 'fast-check';
import { Access } from '../../lib/modules';
import { BreakwaterError } from '../../lib/validation';

const serviceName = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);
const access = fc.oneof(
  fc.constantFrom(Access.ANYONE, Access.PERSON),
  serviceName.map((name) => Access.service(name)),
);

describe('Access', () => {
  test('has the declaration for functions and the edge', () => {
    expect(Access.ANYONE.declarations).toEqual(['anyone']);
    expect(Access.PERSON.declarations).toEqual(['person']);
    expect(Access.service('till').declarations).toEqual(['service:till']);
    expect(Access.anyOf(Access.PERSON, Access.service('till')).services).toEqual(['till']);
  });

  test('reads tokens only for persons and services', () => {
    expect([Access.ANYONE, Access.PERSON, Access.service('till')].map((a) => a.readsToken)).toEqual([
      false,
      true,
      true,
    ]);
    expect(Access.anyOf(Access.ANYONE, Access.service('till')).readsToken).toBe(true);
    expect([Access.ANYONE, Access.PERSON, Access.service('till')].map((a) => a.allowsAnonymous)).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('anyOf allows the callers of all its parts, each once', () => {
    fc.assert(
      fc.property(fc.array(access, { minLength: 1 }), (parts) => {
        const all = Access.anyOf(...parts, Access.anyOf(...parts));
        expect(new Set(all.declarations)).toEqual(new Set(parts.flatMap((part) => part.declarations)));
        expect(new Set(all.declarations).size).toBe(all.declarations.length);
        expect(all.allowsAnonymous).toBe(parts.some((part) => part.allowsAnonymous));
        expect(all.readsToken).toBe(parts.some((part) => part.readsToken));
      }),
    );
  });

  test.each(['', 'Till', '1till', 'till/admin', 'till admin', 'a'.repeat(64), 'kasse-ä'])(
    'fails when a service is called %p',
    (name) => {
      expect(() => Access.service(name)).toThrow(`got '${name}'`);
      expect(() => Access.service(name)).toThrow(BreakwaterError);
    },
  );

  test('fails when the name of a service is a token', () => {
    expect(() => Access.service(Lazy.string({ produce: () => 'till' }))).toThrow('must be a literal, got a token');
  });

  test('fails if anyOf has no arguments', () => {
    expect(() => Access.anyOf()).toThrow('must be given at least one access, got none');
  });
});
