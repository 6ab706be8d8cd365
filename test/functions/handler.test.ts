import { Code } from 'aws-cdk-lib/aws-lambda';
import { Handler } from '../../lib/functions';

const code = Code.fromInline('exports.handler = async () => {}');

describe('Handler.fromCode', () => {
  test.each(['index.handler', 'dist/search.answer', 'a_b-c.handler2', 'index._internal'])('takes %s', (entrypoint) => {
    const handler = Handler.fromCode(code, entrypoint);
    expect(handler.code).toBe(code);
    expect(handler.entrypoint).toBe(entrypoint);
  });

  test.each(['', 'index', 'index.', '.handler', '../index.handler', 'index.a handler'])('fails on %j', (entrypoint) => {
    expect(() => Handler.fromCode(code, entrypoint)).toThrow(`must be '<module>.<export>'`);
  });
});
