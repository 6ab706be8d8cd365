import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { WebAcl } from '../../lib/edge';
import { viewerFunctionCode } from '../../lib/edge/viewer/viewer-function';
import { Access, Route } from '../../lib/modules';
import { REFUSALS, type Refusal, type RefusalLayer, refusalBody } from '../../lib/protocol';
import { NOWHERE } from './fixtures';

/** Refusals that the table gives to a layer. */
function refusalsOf(layer: RefusalLayer): [string, Refusal][] {
  return Object.entries<Refusal>(REFUSALS).filter(([, { layers }]) => layers.includes(layer));
}

test('the web ACL refuses with the codes, statuses and retry-after of the table', () => {
  const stack = new Stack(new App(), 'Shop', { env: NOWHERE });
  const acl = new WebAcl(stack, 'WebAcl');
  acl._addRoutes([Route.post('/checkout', { access: Access.ANYONE })]);
  const [resource] = Object.values(Template.fromStack(stack).findResources('AWS::WAFv2::WebACL'));
  const { Rules: rules, DefaultAction: defaultAction, CustomResponseBodies: bodies } = resource!['Properties'];
  expect(bodies).toEqual(
    Object.fromEntries(
      refusalsOf('web ACL').map(([code, { message }]) => [
        code,
        { ContentType: 'APPLICATION_JSON', Content: JSON.stringify({ error: { code, message } }) },
      ]),
    ),
  );
  const answers = [defaultAction, ...rules.map((rule: { Action?: object }) => rule.Action)].flatMap(
    (action) => action?.Block?.CustomResponse ?? [],
  );
  const byCode = Object.fromEntries(answers.map((answer) => [answer.CustomResponseBodyKey, answer]));
  for (const [code, { status, retryAfterSeconds }] of refusalsOf('web ACL')) {
    expect(byCode[code]).toEqual({
      ResponseCode: status,
      CustomResponseBodyKey: code,
      ...(retryAfterSeconds === undefined
        ? {}
        : { ResponseHeaders: [{ Name: 'retry-after', Value: String(retryAfterSeconds) }] }),
    });
  }
});

test('the viewer function has exactly the refusals that the table lists for it', () => {
  const code = viewerFunctionCode({
    routes: [{ method: 'POST', path: '/checkout', access: ['person'], maxBody: 10, contentType: 'application/json' }],
    issuer: 'https://issuer.example.com',
  });
  const table = JSON.parse(/^var E=(.*);$/m.exec(code)?.[1] ?? '{}') as Record<string, [number, string, string]>;
  const known = Object.entries(table).map(([name, [status, , message]]) => [name, status, message]);
  expect(known.sort()).toEqual(
    refusalsOf('viewer function')
      .map(([name, { status, message }]) => [name, status, message])
      .sort(),
  );
});

test('a refusal is JSON with a code and a message', () => {
  expect(JSON.parse(refusalBody('not_found'))).toEqual({
    error: { code: 'not_found', message: REFUSALS.not_found.message },
  });
});
