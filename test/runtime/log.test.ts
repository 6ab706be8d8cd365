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
    event: 'message',
    text: 'two\nlines',
    big: '1152921504606846976',
  });
});

test('an error is logged with its name, code, place and cause', () => {
  const error = Object.assign(new RangeError('x'.repeat(900), { cause: new TypeError('deep') }), { code: 'ERR_X' });
  const fields = errorFields(error);
  expect(fields).toMatchObject({
    errorCode: 'ERR_X',
    cause: 'TypeError: deep',
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
