import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Environment } from '../../lib/protocol';
import { customResource, type Properties } from './resource/custom-resource';
import { requiredEnvironment } from './resource/required-environment';
import { DynamoDbMapStore } from './shard-map/dynamodb-map-store';
import { shardMapResource } from './shard-map/resource';
import { isStreamEntries, streamEntriesResource } from './shard-map/stream-entries';

const client = new DynamoDBClient();

/**
 * Writes the shard map of each table, and the targets to which its shards may publish, when a stack
 * is deployed. The store is created inside each call. So if an environment variable is missing, the
 * deployment fails with the variable's name. Otherwise the function would fail to load, and
 * CloudFormation would get no answer.
 */
export const handler = customResource({
  create: async (properties) => resource(properties).create(properties),
  update: async (properties, before, id) => resource(properties).update(properties, before, id),
  remove: async (properties, id) => resource(properties).remove(properties, id),
});

function resource(properties: Properties) {
  const store = new DynamoDbMapStore(client, requiredEnvironment(Environment.MAP_TABLE));
  return isStreamEntries(properties) ? streamEntriesResource(store) : shardMapResource(store);
}
