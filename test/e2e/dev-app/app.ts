import { join } from 'node:path';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { CachePolicy, Distribution } from 'aws-cdk-lib/aws-cloudfront';
import { FunctionUrlOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Function as CdkFunction, Code, FunctionUrlAuthType, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { AliasedFunction, HandlerBundle } from '../../../lib';

// Three kinds of functions: a handler of a bundle behind an alias, a folder as it is, and the CDK's own bundling.
const NONE = { authType: FunctionUrlAuthType.NONE };
const stack = new Stack(new App(), 'Dev');
const code = HandlerBundle.fromDirectory(join(__dirname, 'handlers'));
const aliased = new AliasedFunction(stack, 'Aliased', { handler: code.handler('hello') });
const runtime = Runtime.NODEJS_24_X;
const asItIs = Code.fromAsset(join(__dirname, 'plain'));
const plain = new CdkFunction(stack, 'Plain', {
  runtime,
  handler: 'index.handler',
  code: asItIs,
  environment: { NODE_OPTIONS: '--enable-source-maps', MARK: 'first' },
});
const bundled = new NodejsFunction(stack, 'Bundled', { runtime, entry: join(__dirname, 'plain', 'bundled.ts') });
// A distribution that keeps answers for a day.
const cached = new CdkFunction(stack, 'Cached', { runtime, handler: 'index.handler', code: asItIs });
new Distribution(stack, 'Edge', {
  defaultBehavior: {
    origin: new FunctionUrlOrigin(cached.addFunctionUrl(NONE)),
    cachePolicy: CachePolicy.CACHING_OPTIMIZED,
  },
});
for (const [name, { url }] of Object.entries({
  Aliased: aliased.alias.addFunctionUrl(NONE),
  Plain: plain.addFunctionUrl(NONE),
  Bundled: bundled.addFunctionUrl(NONE),
})) {
  new CfnOutput(stack, `${name}Url`, { value: url });
}
