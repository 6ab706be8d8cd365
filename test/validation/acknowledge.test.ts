import { App, CfnResource, Stack, Validations } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { acknowledge } from '../../lib/validation';

function parts() {
  const construct = new Construct(new Stack(new App(), 'Shop'), 'Part');
  const make = (id: string) => new CfnResource(construct, id, { type: 'AWS::SNS::Topic' });
  return { construct, resources: [make('A'), make('B')] };
}

test('what checkov and cfn-lint find stands in the metadata of each resource of a construct', () => {
  const { construct, resources } = parts();
  acknowledge(
    construct,
    { id: 'CKV_AWS_116', reason: 'callers wait' },
    { id: 'W3005', reason: 'the CDK says it twice' },
  );
  for (const resource of resources) {
    expect(resource.getMetadata('checkov')).toEqual({ skip: [{ id: 'CKV_AWS_116', comment: 'callers wait' }] });
    expect(resource.getMetadata('cfn-lint')).toEqual({ config: { ignore_checks: ['W3005'] } });
  }
});

test('a second acknowledgement joins the first', () => {
  const { construct, resources } = parts();
  acknowledge(construct, { id: 'CKV_AWS_1', reason: 'one' }, { id: 'W1001', reason: 'one' });
  acknowledge(resources[0]!, { id: 'CKV_AWS_2', reason: 'two' }, { id: 'E1002', reason: 'two' });
  expect(resources[0]!.getMetadata('checkov').skip.map(({ id }: { id: string }) => id)).toEqual([
    'CKV_AWS_1',
    'CKV_AWS_2',
  ]);
  expect(resources[0]!.getMetadata('cfn-lint').config.ignore_checks).toEqual(['W1001', 'E1002']);
  expect(resources[1]!.getMetadata('checkov').skip).toHaveLength(1);
});

test('every other finding goes to the validations of the CDK, and leaves no metadata of the scanners', () => {
  const { construct, resources } = parts();
  const acknowledged = jest.spyOn(Validations.prototype, 'acknowledge');
  acknowledge(construct, { id: 'AwsSolutions-L1', reason: 'newest' }, { id: 'CKV_AWS_1', reason: 'one' });
  expect(acknowledged.mock.calls).toEqual([[{ id: 'AwsSolutions-L1', reason: 'newest' }]]);
  acknowledge(construct, { id: 'CKV_AWS_2', reason: 'two' });
  expect(acknowledged).toHaveBeenCalledTimes(1);
  expect(resources[0]!.getMetadata('cfn-lint')).toBeUndefined();
  acknowledged.mockRestore();
});

test('a finding on an ARN with pseudo parameters, which the CDK refuses as an id, is kept where cdk-nag looks', () => {
  const { construct } = parts();
  const id = 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:cloudwatch:*]';
  expect(() => Validations.of(construct).acknowledge({ id, reason: 'ends' })).toThrow('Invalid validation rule ID');
  acknowledge(construct, { id, reason: 'ends' });
  Validations.of(construct).acknowledge({ id: 'AwsSolutions-L1', reason: 'newest' });
  const kept = construct.node.metadata.map(({ type, data }) => ({ type, data }));
  const type = Validations.ACKNOWLEDGED_RULES_METADATA_KEY;
  expect(kept.filter((entry) => entry.type === type)).toEqual([
    { type, data: { [`Annotation::${id}`]: 'ends' } },
    { type, data: { 'Annotation::AwsSolutions-L1': 'newest' } },
  ]);
});

test('the trace of an acknowledgement ends with who acknowledged, and later traces are as long as before', () => {
  const { construct } = parts();
  const limit = Error.stackTraceLimit;
  acknowledge(construct, { id: 'AwsSolutions-L1', reason: 'newest' });
  const [recorded] = construct.node.metadata.filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY);
  const frames = recorded!.trace!.filter((frame) => frame.includes('.ts:'));
  expect(frames).toHaveLength(4);
  expect(frames[3]).toContain('acknowledge.test.ts');
  expect(Error.stackTraceLimit).toBe(limit);
});
