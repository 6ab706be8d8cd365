import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';

/** Clients of the services that the floor controller calls. */
export interface AwsClients {
  readonly autoScaling: Pick<ApplicationAutoScalingClient, 'send'>;
  readonly cloudWatch: Pick<CloudWatchClient, 'send'>;
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly lambda: Pick<LambdaClient, 'send'>;
}

/**
 * A call takes at most 14 s, including the waits between attempts. A run has 60 s, so after three
 * such calls it still has time to fall back to target tracking.
 */
export const CLIENT_SETTINGS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
} as const;

export function awsClients(): AwsClients {
  return {
    autoScaling: new ApplicationAutoScalingClient(CLIENT_SETTINGS),
    cloudWatch: new CloudWatchClient(CLIENT_SETTINGS),
    dynamoDb: new DynamoDBClient(CLIENT_SETTINGS),
    lambda: new LambdaClient(CLIENT_SETTINGS),
  };
}
