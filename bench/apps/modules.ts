import { App, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, Handler, MicroModule, Route } from '../../lib';

/** As many micro-modules as `MODULES` says, all with the same small code. */
const stack = new Stack(new App(), 'Modules');
const code = Code.fromInline('exports.handler = async () => ({ statusCode: 204 });');
for (let i = 0; i < Number(process.env['MODULES']); i++) {
  new MicroModule(stack, `Module${i}`, {
    handler: Handler.fromCode(code, 'index.handler'),
    routes: [Route.get(`/module${i}/{id}`, { access: Access.ANYONE })],
  });
}
