import { join } from 'node:path';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { AliasedFunction, HandlerBundle } from '../../lib';

/**
 * An app with one handler that has a public URL. The benchmark copies the folder of handlers before
 * it starts the app, and then edits the copy.
 */
const stack = new Stack(new App(), process.env['BENCH_STACK'] ?? 'BenchDev', { env: { region: 'us-east-1' } });
const code = HandlerBundle.fromDirectory(join(process.cwd(), 'handlers'));
const hello = new AliasedFunction(stack, 'Hello', { handler: code.handler('hello') });
const { url } = hello.alias.addFunctionUrl({ authType: FunctionUrlAuthType.NONE });
new CfnOutput(stack, 'Url', { value: url });
