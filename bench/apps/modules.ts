import { App, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, Handler, MicroModule, Route } from '../../lib';

/** Modules per stack. A module has seven resources, and a stack may have 500. */
const MODULES_A_STACK = 50;

/**
 * An app with micro-modules that all have the same small code. The variable `MODULES` states their
 * number.
 */
const app = new App();
const code = Code.fromInline('exports.handler = async () => ({ statusCode: 204 });');
let stack = new Stack(app, 'Modules');
for (let i = 0; i < Number(process.env['MODULES']); i++) {
  if (i > 0 && i % MODULES_A_STACK === 0) stack = new Stack(app, `Modules${i}`);
  new MicroModule(stack, `Module${i}`, {
    handler: Handler.fromCode(code, 'index.handler', { verifiesTokens: true }),
    routes: [Route.get(`/module${i}/{id}`, { access: Access.ANYONE })],
  });
}
