import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Environment } from '../../lib/protocol';
import { customResource } from './resource/custom-resource';
import { requiredEnvironment } from './resource/required-environment';
import { DynamoDbMapStore } from './shard-map/dynamodb-map-store';
import { shardMapResource } from './shard-map/resource';

const client = new DynamoDBClient();

/**
 * Writes the shard map of each table when its stack is deployed. The store is made at first use: a
 * missing variable then fails the deployment with its name instead of keeping the function from
 * starting.
 */
export const handler = customResource({
  create: async (properties) => resource().create(properties),
  update: async (properties, before, physicalResourceId) => resource().update(properties, before, physicalResourceId),
  remove: async (properties, physicalResourceId) => resource().remove(properties, physicalResourceId),
});

function resource() {
  return shardMapResource(new DynamoDbMapStore(client, requiredEnvironment(Environment.MAP_TABLE)));
}
