import { Duration } from 'aws-cdk-lib';
import { Grant, type IRole } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { DocumentStore } from '../documents';
import { DeploymentProfile } from '../profile';
import { QUARANTINE_DAYS } from '../protocol';

/**
 * Makes the bucket of stream records that Lambda gave up. Only a bucket gets whole records: a queue
 * gets a note, whose record the stream has deleted by then.
 * @param role role of the function that reads the streams, as which Lambda writes
 */
export function lostRecords(scope: Construct, role: IRole): IBucket {
  const store = new DocumentStore(scope, 'LostRecords', {
    profile: DeploymentProfile.PRODUCTION,
    expireAfter: Duration.days(QUARANTINE_DAYS),
  });
  const { bucket } = store;
  store.grantWrite(role);
  // AWS Lambda Developer Guide, "S3 destinations": the role needs both rights.
  Grant.addToPrincipal({ grantee: role, actions: ['s3:ListBucket'], resourceArns: [bucket.bucketArn] });
  return bucket;
}
