import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { DataClass, Keyring } from '../keyring';
import type { DeploymentProfile } from '../profile';

const CLOUDWATCH = new ServicePrincipal('cloudwatch.amazonaws.com');

/**
 * Data class of alarm texts. It has its own key, because CloudWatch must be able to use this key,
 * but no other key.
 */
const ALARMS = DataClass.of('alarms', ['sns']);

/**
 * Makes an encrypted topic to which the account's alarms may publish. CloudWatch can't use the AWS
 * managed key of SNS. So the topic has its own key, with a policy that allows CloudWatch.
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
 * Adds a statement to the key's policy. If a stack has a second `Operations`, it shares the key and
 * adds an equal statement. A policy contains equal statements only once.
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
