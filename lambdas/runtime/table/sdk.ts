/**
 * The used part of the SDK. A dynamic import of the whole client would add all its commands to the
 * bundle.
 */
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
