import { Code, Runtime } from 'aws-cdk-lib/aws-lambda';
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

  test('runs on Node.js 24 unless a runtime is given', () => {
    expect(Handler.fromCode(code, 'index.handler').runtime).toBe(Runtime.NODEJS_24_X);
    const python = Handler.fromCode(code, 'app.main', { runtime: Runtime.PYTHON_3_13 });
    expect(python.runtime).toBe(Runtime.PYTHON_3_13);
  });

  test.each([
    [{ code: undefined }, 'code must be a Code'],
    [{ options: { runtime: 'python3.13' } }, 'runtime must be a Runtime'],
    [{ options: { verifiesTokens: 'false' } }, 'verifiesTokens must be true or false'],
    [{ options: { runTime: Runtime.PYTHON_3_13 } }, 'props must be of runtime, verifiesTokens, got runTime'],
  ])('a caller without a type checker who passes %p gets an error', (given, message) => {
    const { code: source, options } = { code, ...(given as { code?: Code; options?: object }) };
    expect(() => Handler.fromCode(source, 'index.handler', options)).toThrow(`Handler.fromCode: ${message}`);
  });

  test.each([
    [Runtime.JAVA_21, 'com.example.Search::handle', true],
    [Runtime.PROVIDED_AL2023, 'bootstrap', true],
    [Runtime.PROVIDED_AL2023, 'two words', false],
    [Runtime.PYTHON_3_13, 'bootstrap', false],
    [Runtime.NODEJS_22_X, 'com.example.Search::handle', false],
  ])('for %s takes %s: %s', (runtime, entrypoint, taken) => {
    const make = () => Handler.fromCode(code, entrypoint, { runtime });
    if (taken) expect(make().entrypoint).toBe(entrypoint);
    else expect(make).toThrow('entrypoint must be');
  });
});
