import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoStub } from '../../runtime/dynamodb-stub';
import { dynamoDbContract } from './contract';

let stub: DynamoStub;
let client: DynamoDBClient;
beforeAll(async () => {
  stub = await DynamoStub.start();
  client = stub.client;
});
afterAll(() => stub.stop());

describe('the memory tables', () => dynamoDbContract(() => client));
