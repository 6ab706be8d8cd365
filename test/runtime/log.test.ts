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

test('an error is told with its place and its cause, shortened', () => {
  const fields = errorFields(new Error('x'.repeat(900), { cause: new TypeError('deep') }));
  expect(fields).toMatchObject({
    cause: 'TypeError: deep',
    stack: expect.arrayContaining([expect.stringContaining('log.test')]),
  });
  expect(String(fields['reason'])).toHaveLength(500);
  expect(errorFields('just text')).toEqual({ reason: 'just text' });
});
