import { stagePath } from '../../../local/entrances/deployed-entrance';

const stage = (api: string) => ({ Type: 'AWS::ApiGateway::Stage', Properties: { RestApiId: { Ref: api } } });
const resource = (logicalId: string, physicalId: string) => ({ logicalId, physicalId, type: 'AWS::ApiGateway::Stage' });

test('the address of a REST API includes its stage, if it has one', () => {
  const resources = [resource('Prod', 'prod'), resource('Other', 'beta'), resource('Second', 'v2')];
  const template = { Resources: { Prod: stage('Api'), Other: stage('Items'), Second: stage('Items') } };
  expect(stagePath({ template, resources } as never, { logicalId: 'Api' })).toBe('/prod');
  expect(stagePath({ template, resources } as never, { logicalId: 'Items' })).toBe('');
  expect(stagePath({ template, resources } as never, { logicalId: 'HttpApi' })).toBe('');
});
