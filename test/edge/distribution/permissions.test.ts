import { Template } from 'aws-cdk-lib/assertions';
import { Access, Route } from '../../../lib/modules';
import { edge } from '../fixtures';
import { deployedDistribution } from './deployed-config';

test('each module allows only this distribution to call its URL, on the alias', () => {
  const { stack, module } = edge();
  module('Search', [Route.get('/search', { access: Access.ANYONE })]);
  module('Orders', [Route.get('/orders', { access: Access.ANYONE })]);
  const template = Template.fromStack(stack);
  const distributionArn = {
    'Fn::Join': [
      '',
      [
        'arn:',
        { Ref: 'AWS::Partition' },
        ':cloudfront::111122223333:distribution/',
        { Ref: deployedDistribution(template).id },
      ],
    ],
  };
  const aliases = Object.keys(template.findResources('AWS::Lambda::Alias'));
  expect(aliases).toHaveLength(2);
  const common = (alias: string) => ({
    FunctionName: { Ref: alias },
    Principal: 'cloudfront.amazonaws.com',
    SourceArn: distributionArn,
  });
  const permissions = Object.values(template.findResources('AWS::Lambda::Permission')).map((r) => r['Properties']);
  const expected = aliases.flatMap((alias) => [
    { ...common(alias), Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'AWS_IAM' },
    { ...common(alias), Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true },
  ]);
  expect(permissions).toHaveLength(4);
  expect(permissions).toEqual(expect.arrayContaining(expected));
  const urls = Object.values(template.findResources('AWS::Lambda::Url')).map((r) => r['Properties']);
  expect(urls.map(({ AuthType }) => AuthType)).toEqual(['AWS_IAM', 'AWS_IAM']);
});
