import { changeLines, planLines } from '../../../local/assembly';

const change = (type: string, logicalId: string, what: string) => ({ type, logicalId, what });

test('changes of one kind share a line, with their count and every name', () => {
  const lines = changeLines([
    change('AWS::SQS::QueuePolicy', 'ShopMailQueuePolicy43F3459B', 'x added'),
    change('AWS::Cognito::UserPoolClient', 'Site6ACCBB24', 'y'),
    change('AWS::IAM::Policy', 'RelayFunctionRoleDefaultPolicy23AAAAA3', 'x added'),
    change('AWS::SQS::QueuePolicy', 'AQueuePolicy00000000', 'z'),
    change('AWS::SQS::QueuePolicy', 'BQueuePolicy00000000', 'z'),
  ]);
  expect(lines).toEqual([
    'changed 2 policies: x added (ShopMailQueue, Relay)',
    'changed 1 user pool client: y (Site)',
    'changed 2 queue policies: z (AQueue, BQueue)',
  ]);
});

test('left-out resources have a line for each type and reason, with construct paths', () => {
  const change = (path: string, type: string) => ({ logicalId: 'Id', path, type, what: 'why' });
  const none = { replaced: [], substituted: [], patched: [] };
  const dropped = ['S/A', 'S/B', 'S/C', 'S/D'].map((path) => change(path, 'AWS::EC2::EIP'));
  const plan = { ...none, dropped: [...dropped, change('S/E', 'AWS::EC2::NatGateway')] };
  expect(planLines(plan)).toEqual([
    'left out S/A, S/B, S/C and 1 more (AWS::EC2::EIP): why',
    'left out S/E (AWS::EC2::NatGateway): why',
  ]);
  expect(planLines(plan, true)).toHaveLength(5);
  const substituted = [change('S/Files', 'Custom::CDKBucketDeployment')];
  expect(planLines({ ...none, dropped: [], substituted })).toEqual([
    'replaced S/Files (Custom::CDKBucketDeployment): why',
  ]);
});
