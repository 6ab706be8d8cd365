import { type JsonObject, WebAclEvaluator, type WebAclModel, webAclFromTemplate } from '../../testing';
import { request, textOf } from './fixtures';

const PROPERTIES: JsonObject = {
  Scope: 'CLOUDFRONT',
  DefaultAction: { Block: { CustomResponse: { ResponseCode: 404, CustomResponseBodyKey: 'none' } } },
  CustomResponseBodies: { none: { ContentType: 'APPLICATION_JSON', Content: '{"error":{}}' } },
  AssociationConfig: { RequestBody: { CLOUDFRONT: { DefaultSizeInspectionLimit: 'KB_32' } } },
  Rules: [
    {
      Name: 'search',
      Priority: 0,
      Action: { Allow: {} },
      Statement: {
        ByteMatchStatement: {
          FieldToMatch: { UriPath: {} },
          SearchString: '/search',
          PositionalConstraint: 'EXACTLY',
          TextTransformations: [{ Priority: 0, Type: 'NONE' }],
        },
      },
    },
  ],
};

test('the properties of a template decide as the deployed web ACL', () => {
  const model = webAclFromTemplate(PROPERTIES);
  const evaluator = new WebAclEvaluator(model);
  expect(evaluator.evaluate(request('GET', '/search'))).toMatchObject({ action: 'allow', rule: 'search' });
  const { action, response } = evaluator.evaluate(request('GET', '/admin'));
  expect({ action, status: response?.status, body: textOf(response!) }).toEqual({
    action: 'block',
    status: 404,
    body: '{"error":{}}',
  });
  expect(model.bodyLimit).toBe(32 * 1024);
});

test('a name or tag that only a deployment knows has no effect', () => {
  const tags = [{ Key: 'stack', Value: { Ref: 'AWS::StackName' } }];
  expect(webAclFromTemplate({ ...PROPERTIES, Name: { Ref: 'Name' }, Tags: tags }).name).toBe('web-acl');
});

test.each<[string, JsonObject, string]>([
  ['no properties of a web ACL', { Type: 'AWS::WAFv2::WebACL' }, 'must get the Properties of an'],
  [
    'a reference',
    { ...PROPERTIES, Rules: [{ Name: { Ref: 'Name' } }] },
    'web ACL web-acl.Rules.0.Name must be literal, got Ref',
  ],
  ['what is not modelled', { ...PROPERTIES, CaptchaConfig: { a: 1 } }, 'does not model CaptchaConfig'],
])('%s is refused by name', (_, properties, message) => {
  expect(() => webAclFromTemplate(properties)).toThrow(message);
});

test('an evaluator refuses the raw properties, and names what makes a model of them', () => {
  expect(() => new WebAclEvaluator(PROPERTIES as unknown as WebAclModel)).toThrow('webAclFromTemplate()');
});
