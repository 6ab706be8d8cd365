import { App, Stack } from 'aws-cdk-lib';
import { AliasedFunction, HandlerBundle } from '../../lib';

/**
 * The shop's handlers, bundled by the library. `HANDLERS` names them, `LIGHT_SDK` sets the
 * bundle's option.
 */
const stack = new Stack(new App(), 'Handlers');
const code = HandlerBundle.fromDirectory('lambdas/shop', { lightSdk: process.env['LIGHT_SDK'] === '1' });
for (const name of (process.env['HANDLERS'] ?? '').split(',')) {
  new AliasedFunction(stack, name, { handler: code.handler(name), environment: { HANDLER: name } });
}
