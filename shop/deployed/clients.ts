import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';

/** Clients of the account's services. Endpoints and credentials are the SDK's defaults. */
export interface Clients {
  readonly cloudFormation: CloudFormationClient;
  readonly cloudWatch: CloudWatchClient;
  readonly cognito: CognitoIdentityProviderClient;
  readonly lambda: LambdaClient;
  readonly scaling: ApplicationAutoScalingClient;
  readonly sqs: SQSClient;
}

/**
 * Makes the clients. The SDK finds credentials as the AWS CLI does: environment, profiles, single
 * sign-on. The SDK renews the credentials of a session.
 */
export function clientsIn(region: string): Clients {
  const settings = { region };
  return {
    cloudFormation: new CloudFormationClient(settings),
    cloudWatch: new CloudWatchClient(settings),
    cognito: new CognitoIdentityProviderClient(settings),
    lambda: new LambdaClient(settings),
    scaling: new ApplicationAutoScalingClient(settings),
    // By default, the SQS client calls the host in a queue's URL, and ignores an endpoint that the
    // environment sets.
    sqs: new SQSClient({ ...settings, useQueueUrlAsEndpoint: statedEndpoint() === undefined }),
  };
}

/**
 * The endpoint that the environment sets for all services, and undefined on AWS.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export function statedEndpoint(): string | undefined {
  return process.env['AWS_ENDPOINT_URL'] || undefined;
}
