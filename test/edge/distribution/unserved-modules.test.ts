import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { EdgeDistribution } from '../../../lib/edge';
import { Access, MicroModule, Route } from '../../../lib/modules';
import { edge, HANDLER } from '../fixtures';

const WARNING = Match.stringLikeRegexp('module-without-edge');
const routes = (path: string) => [Route.get(path, { access: Access.ANYONE })];

test('synth warns once about a module that no distribution serves, and not about others', () => {
  const { stack, module } = edge();
  module('Search', routes('/search'));
  const other = new EdgeDistribution(stack, 'Other');
  other.addModule(new MicroModule(stack, 'Orders', { handler: HANDLER, routes: routes('/orders') }));
  new MicroModule(stack, 'Forgotten', { handler: HANDLER, routes: routes('/forgotten') });
  const warnings = Annotations.fromStack(stack).findWarning('*', WARNING);
  expect(warnings.map(({ id }) => id)).toEqual(['/Shop/Forgotten']);
  expect(String(warnings[0]?.entry.data)).toContain('no edge serves the routes');
});

test('synth doesn’t warn about a module that is added later', () => {
  const { stack, edge: distribution } = edge();
  const late = new MicroModule(stack, 'Late', { handler: HANDLER, routes: routes('/late') });
  distribution.addModule(late);
  Annotations.fromStack(stack).hasNoWarning('*', WARNING);
});
