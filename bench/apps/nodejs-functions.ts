import { App, Duration, Stack } from 'aws-cdk-lib';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';

/**
 * An app with a `NodejsFunction` for each source path in `ENTRIES`. Like the library, it bundles
 * the SDK version of the lock file.
 */
const stack = new Stack(new App(), 'NodejsFunctions');
for (const [i, entry] of process.env['ENTRIES']!.split(',').entries()) {
  new NodejsFunction(stack, `Function${i}`, {
    entry,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    timeout: Duration.seconds(10),
    depsLockFilePath: process.env['LOCK_FILE']!,
    bundling: { bundleAwsSDK: true, minify: true },
  });
}
