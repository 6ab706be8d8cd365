import { App, Stack } from 'aws-cdk-lib';
import { AliasedFunction, HandlerBundle } from '../../lib';

/**
 * An app with handlers of the shop, bundled by the library. The variable `HANDLERS` lists their
 * names. `LIGHT_SDK=1` turns on the bundle's option `lightSdk`.
 */
const stack = new Stack(new App(), 'Handlers');
const code = HandlerBundle.fromDirectory('lambdas/shop', { lightSdk: process.env['LIGHT_SDK'] === '1' });
for (const name of (process.env['HANDLERS'] ?? '').split(',')) {
  new AliasedFunction(stack, name, { handler: code.handler(name), environment: { HANDLER: name } });
}
