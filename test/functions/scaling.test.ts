import { Token } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { Scaling } from '../../lib/functions';

describe('Scaling', () => {
  test('on demand reserves and provisions nothing', () => {
    expect({ ...Scaling.onDemand() }).toEqual({});
  });

  test('reserved bounds the concurrency', () => {
    expect({ ...Scaling.reserved(7) }).toEqual({ reservedConcurrency: 7 });
  });

  test('provisioned accepts all bounds in ascending order, and no others', () => {
    void fc.assert(
      fc.property(fc.integer({ min: -5, max: 200 }), fc.integer({ min: -5, max: 200 }), (min, max) => {
        const make = () => Scaling.provisioned({ min, max });
        if (min >= 1 && max >= min) expect({ ...make() }).toEqual({ minProvisioned: min, maxProvisioned: max });
        else expect(make).toThrow('must be a whole number from');
      }),
    );
  });

  test.each([0, -1, 1.5, Number.NaN])('fails on a reservation of %d', (n) => {
    expect(() => Scaling.reserved(n)).toThrow('concurrency must be a whole number from 1');
  });

  test('fails on tokens, because their values can’t be checked', () => {
    const token = Token.asNumber({ Ref: 'Parameter' });
    expect(() => Scaling.reserved(token)).toThrow('must be a literal, got a token');
    expect(() => Scaling.provisioned({ min: 1, max: token })).toThrow('max must be a literal, got a token');
  });
});
