import { errorFields, jsonLog } from '../../lambdas/runtime/log';

const written = (run: () => void) => {
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    run();
    return write.mock.calls.map(([text]) => String(text));
  } finally {
    write.mockRestore();
  }
};

test('a line is one JSON object with what the log level filter looks for', () => {
  const [line] = written(() => jsonLog('WARN', 'message', { text: 'two\nlines', big: 2n ** 60n, nothing: undefined }));
  expect(line!.split('\n')).toHaveLength(2);
  expect(JSON.parse(line!)).toEqual({
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    level: 'WARN',
    message: 'message',
    text: 'two\nlines',
    big: '1152921504606846976',
  });
});

test('an error is logged with its name, code, place and cause', () => {
  const cause = new TypeError('fetch failed');
  const error = Object.assign(new ReferenceError('x'.repeat(900), { cause }), { code: 'ERR_X' });
  const fields = errorFields(error);
  expect(fields).toMatchObject({
    errorCode: 'ERR_X',
    cause: 'TypeError: fetch failed',
    stack: expect.arrayContaining([expect.stringContaining('log.test')]),
  });
  expect(String(fields['reason'])).toHaveLength(500);
});

test('the message of a foreign error is not logged: it may quote a person or a key', () => {
  const quoting = new SyntaxError('no customer\nanna@example.com', { cause: new Error('key anna@example.com') });
  const fields = errorFields(quoting);
  expect(fields).toMatchObject({ reason: 'SyntaxError', cause: 'Error' });
  expect(JSON.stringify(fields)).not.toContain('anna');
  expect(errorFields('anna@example.com')).toEqual({ reason: 'a thrown string' });
});

const quoting = (message: string) => () => {
  throw new TypeError(message);
};

/** What JavaScript and Node.js throw, with a value of a person in the message. */
const mistakes: [string, () => unknown, string][] = [
  // Word for word as Node.js throws them. Jest's realm has another `Error` than Node's own modules.
  ['a header', quoting('Headers.append: "Bearer anna\n" is an invalid header value.'), 'TypeError'],
  ['an argument', quoting(`The "url" argument must be of type URL. Received type string ('anna')`), 'TypeError'],
  ['an operand', () => 'id' in ('anna@example.com' as unknown as object), 'TypeError'],
  ['a currency', () => (1).toLocaleString('en', { style: 'currency', currency: 'anna' }), 'RangeError'],
  [
    'a name of a property',
    () => (undefined as unknown as Record<string, string>)['anna'],
    'TypeError: Cannot read properties of undefined',
  ],
];

test.each(mistakes)('the log has no value of %s that JavaScript quotes in its own error', (_, make, reason) => {
  let thrown: unknown;
  try {
    make();
  } catch (error) {
    thrown = error;
  }
  const fields = errorFields(thrown);
  expect(fields).toMatchObject({ reason });
  expect(JSON.stringify(fields)).not.toContain('anna');
});

test('a line of a message is no frame of the stack', () => {
  expect(JSON.stringify(errorFields(new Error('no order\n  at anna@example.com')))).not.toContain('anna');
});
