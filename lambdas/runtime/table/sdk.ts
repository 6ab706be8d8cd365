/** The used part of the SDK. A dynamic import of the whole client would bundle every command. */
export {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
export { marshall, NumberValueImpl, unmarshall } from '@aws-sdk/util-dynamodb';
