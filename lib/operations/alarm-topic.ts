import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { DataClass, Keyring } from '../keyring';
import type { DeploymentProfile } from '../profile';

const CLOUDWATCH = new ServicePrincipal('cloudwatch.amazonaws.com');

/** Class of alarm texts: CloudWatch must be able to use its key, and only this key. */
const ALARMS = DataClass.of('alarms', ['sns']);

/**
 * Makes an encrypted topic that the account's alarms may publish to. CloudWatch can't use the AWS
 * managed key of SNS, so the topic has a key of its own whose policy names CloudWatch.
 */
export function alarmTopic(scope: Construct, id: string, profile: DeploymentProfile): Topic {
  const stack = Stack.of(scope);
  const key = Keyring.of(scope, profile).keyFor(ALARMS);
  letCloudWatchUse(key, stack);
  const topic = new Topic(scope, id, { masterKey: key, enforceSSL: true });
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsOfThisAccount',
      principals: [CLOUDWATCH],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: {
        StringEquals: { 'aws:SourceAccount': stack.account },
        ArnLike: { 'aws:SourceArn': stack.formatArn({ service: 'cloudwatch', resource: 'alarm:*' }) },
      },
    }),
  );
  return topic;
}

/**
 * A second `Operations` of the stack shares the key, and a statement that is there already isn't
 * repeated by IAM.
 */
function letCloudWatchUse(key: Key, stack: Stack): void {
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsOfThisAccount',
      principals: [CLOUDWATCH],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
    }),
  );
}
