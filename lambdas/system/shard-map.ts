import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Environment } from '../../lib/protocol';
import { customResource } from './resource/custom-resource';
import { requiredEnvironment } from './resource/required-environment';
import { DynamoDbMapStore } from './shard-map/dynamodb-map-store';
import type { MapStore } from './shard-map/map-store';
import { shardMapResource } from './shard-map/resource';

const client = new DynamoDBClient();

/** The store is made at first use, so that a missing variable fails the deployment with its name instead of the function's start. */
const store = (): MapStore => new DynamoDbMapStore(client, requiredEnvironment(Environment.MAP_TABLE));

/** Writes the shard map of each table when its stack is deployed. */
export const handler = customResource(
  shardMapResource({
    find: async (table) => store().find(table),
    create: async (map) => store().create(map),
    replace: async (map) => store().replace(map),
    remove: async (table) => store().remove(table),
  }),
);
