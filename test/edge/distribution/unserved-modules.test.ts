import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { EdgeDistribution } from '../../../lib/edge';
import { Access, MicroModule, Route } from '../../../lib/modules';
import { edge, HANDLER } from '../fixtures';

const WARNING = Match.stringLikeRegexp('module-without-edge');
const routes = (path: string) => [Route.get(path, { access: Access.ANYONE })];

test('a module that no distribution serves gets one warning at synth, and the others none', () => {
  const { stack, module } = edge();
  module('Search', routes('/search'));
  const other = new EdgeDistribution(stack, 'Other');
  other.addModule(new MicroModule(stack, 'Orders', { handler: HANDLER, routes: routes('/orders') }));
  new MicroModule(stack, 'Forgotten', { handler: HANDLER, routes: routes('/forgotten') });
  const warnings = Annotations.fromStack(stack).findWarning('*', WARNING);
  expect(warnings.map(({ id }) => id)).toEqual(['/Shop/Forgotten']);
  expect(String(warnings[0]?.entry.data)).toContain('no edge opens the routes');
});

test('a module that is added later is not named', () => {
  const { stack, edge: distribution } = edge();
  const late = new MicroModule(stack, 'Late', { handler: HANDLER, routes: routes('/late') });
  distribution.addModule(late);
  Annotations.fromStack(stack).hasNoWarning('*', WARNING);
});
