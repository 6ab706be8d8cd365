import { App, Stack } from 'aws-cdk-lib';
import { AliasedFunction, HandlerBundle } from '../../lib';

/** The shop's handlers as the library packs them; `HANDLERS` names them. */
const stack = new Stack(new App(), 'Handlers');
const code = HandlerBundle.fromDirectory('lambdas/shop');
for (const name of process.env['HANDLERS']!.split(',')) {
  new AliasedFunction(stack, name, { handler: code.handler(name), environment: { HANDLER: name } });
}
