import { App, Stack } from 'aws-cdk-lib';
import { AliasedFunction, HandlerBundle } from '../../lib';

/**
 * The shop's handlers as the library packs them. `HANDLERS` names them, `LIGHT_HTTP` sets the
 * bundle's option.
 */
const stack = new Stack(new App(), 'Handlers');
const code = HandlerBundle.fromDirectory('lambdas/shop', { lightHttpImport: process.env['LIGHT_HTTP'] === '1' });
for (const name of (process.env['HANDLERS'] ?? '').split(',')) {
  new AliasedFunction(stack, name, { handler: code.handler(name), environment: { HANDLER: name } });
}
