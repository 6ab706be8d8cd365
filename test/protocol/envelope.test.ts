import fc from 'fast-check';
import { type Envelope, OUTBOX_ATTRIBUTE, parseEnvelope, RESERVED_PREFIX, UnknownVersion } from '../../lib/protocol';

const GOOD: Envelope = { id: 'm-1', to: 'Payments', time: '2026-11-24T00:00:00.000Z', body: { orderId: '1' } };

describe('parseEnvelope', () => {
  test('reads a written envelope', () => {
    const text = fc.string({ minLength: 1 });
    const envelope = fc.record(
      { id: text, to: text, time: text, body: fc.jsonValue(), group: text, about: text, correlationId: text },
      { requiredKeys: ['id', 'to', 'time', 'body'] },
    );
    fc.assert(
      fc.property(envelope, (e) => {
        expect(JSON.stringify(parseEnvelope(JSON.stringify(e)))).toBe(JSON.stringify(e));
      }),
    );
  });

  test.each(['id', 'to', 'time'])('fails without %s, and the error shows the value', (field) => {
    for (const wrong of [undefined, null, '', 7, {}, ['x']]) {
      expect(() => parseEnvelope(JSON.stringify({ ...GOOD, [field]: wrong }))).toThrow(
        new Error(
          `message envelope needs a non-empty string '${field}', got ${wrong === '' ? 'an empty one' : typeof wrong}`,
        ),
      );
    }
  });

  test.each([2, 0, '1', null, { secret: 1 }])('fails on the version %j, whatever else the envelope has', (version) => {
    const given = typeof version === 'number' ? version : typeof version;
    const error = new UnknownVersion(`message envelope must have the version 1 or none, got ${given}`);
    expect(() => parseEnvelope(JSON.stringify({ version }))).toThrow(error);
    expect(() => parseEnvelope(JSON.stringify({ ...GOOD, version }))).toThrow(UnknownVersion);
    expect(parseEnvelope(JSON.stringify({ ...GOOD, version: 1 }))).toMatchObject(GOOD);
  });

  test('fails on a correlation id that is no text', () => {
    expect(() => parseEnvelope(JSON.stringify({ ...GOOD, correlationId: 7 }))).toThrow(
      "message envelope must have a string 'correlationId' or none, got number",
    );
  });

  test.each([7, '', 'x'.repeat(501)])('fails on an id of a person that is no key of an index: %p', (about) => {
    expect(() => parseEnvelope(JSON.stringify({ ...GOOD, about }))).toThrow(
      `message envelope must have an 'about' of 1 to 500 characters or none, got ${typeof about}`,
    );
  });

  test.each(['null', '7', '"text"', '[]', '{}', 'true'])('fails on JSON that is no envelope: %s', (text) => {
    expect(() => parseEnvelope(text)).toThrow("needs a non-empty string 'id'");
  });

  test.each(['', '{', 'not json', '{"id":"1",}'])('fails on invalid JSON: %p', (text) => {
    expect(() => parseEnvelope(text)).toThrow(`must be the JSON of an envelope, got ${text.length} characters`);
  });

  test.each(['anne@example.com', '{"id":"anne@example.com","to":7}'])('its errors contain nothing of %s', (text) => {
    expect(() => parseEnvelope(text)).toThrow(/^((?!anne).)*$/);
  });

  test('throws only Errors with a message', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          return typeof parseEnvelope(text).id === 'string';
        } catch (error) {
          return error instanceof Error && error.message.startsWith('message ');
        }
      }),
    );
  });
});

test('the outbox is an attribute that handlers can neither read nor set', () => {
  expect(OUTBOX_ATTRIBUTE.startsWith(RESERVED_PREFIX)).toBe(true);
});
