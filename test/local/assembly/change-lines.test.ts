import { changeLines } from '../../../local/assembly';

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
