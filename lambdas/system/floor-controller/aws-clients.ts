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
 * At most 14 s a call, with the waits between attempts. Three such calls in a row leave time to
 * fall back to target tracking, since a run may take 60 s.
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

/** Whether AWS refused a call with one of these error codes. */
export function isRefusal(error: unknown, ...codes: string[]): error is Error {
  return error instanceof Error && codes.includes(error.name);
}
