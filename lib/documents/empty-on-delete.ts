import { CustomResource, Duration, Tags } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct, type IConstruct } from 'constructs';
import { AliasedFunction, systemHandler } from '../functions';
import { acknowledgeParts } from '../keyring';
import { DeploymentProfile, stackPart } from '../profile';

const STACK_CHILD = 'BreakwaterBucketEmptier';

/** Marks a bucket whose content goes with the stack. */
const TAG = 'breakwater:empty-on-delete';

/** A thousand objects take about a second, so this empties a sandbox of some hundred thousand. */
const TIMEOUT = Duration.minutes(10);
const DEPLOYMENT_TIMEOUT = Duration.minutes(12);

/** The function of a stack that empties buckets which leave it. */
class BucketEmptier extends Construct {
  public static of(scope: IConstruct): BucketEmptier {
    return stackPart(
      scope,
      STACK_CHILD,
      'bucket emptier',
      BucketEmptier,
      (stack) => new BucketEmptier(stack, STACK_CHILD),
    );
  }

  private readonly function = new AliasedFunction(this, 'Function', {
    handler: systemHandler('bucket-emptier'),
    workloadName: 'bucket-emptier',
    description: 'Empties buckets of a sandbox when they leave the stack',
    timeout: TIMEOUT,
    profile: DeploymentProfile.SANDBOX,
  });

  public empty(bucket: Bucket): void {
    Grant.addToPrincipal({
      grantee: this.function,
      actions: ['s3:GetBucketTagging', 's3:ListBucketVersions'],
      resourceArns: [bucket.bucketArn],
    });
    Grant.addToPrincipal({
      grantee: this.function,
      actions: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
      resourceArns: [bucket.arnForObjects('*')],
    });
    const reason = 'It deletes whatever objects a bucket of the sandbox holds, and their names are not known before';
    acknowledgeParts(this.function, bucket, bucket.bucketArn, '/*', reason);
    const resource = new CustomResource(bucket, 'EmptyOnDelete', {
      serviceToken: this.function.function.functionArn,
      serviceTimeout: DEPLOYMENT_TIMEOUT,
      resourceType: 'Custom::BreakwaterEmptyBucket',
      properties: { BucketName: bucket.bucketName, Tag: TAG },
    });
    // The resource is deleted as well when the stack turns to production and the bucket stays. CloudFormation updates before it cleans
    // up, so such a bucket has lost the tag by then; in a rollback, it has its former tags again.
    Tags.of(bucket).add(TAG, 'true', { includeResourceTypes: ['AWS::S3::Bucket'] });
    // The rights must still be there when it runs, which is while the stack is taken down.
    resource.node.addDependency(this.function.role);
  }
}

/**
 * Lets `cdk destroy` remove a bucket with all it holds, if its profile says that nothing outlives the stack; does nothing otherwise.
 * The bucket is tagged, and emptied only while it still has the tag: a sandbox that becomes production keeps its documents.
 * Emptying a bucket reads nothing, so it needs no right to a key.
 */
export function emptyOnDelete(bucket: Bucket, profile: DeploymentProfile): void {
  if (!profile.deletionProtection) BucketEmptier.of(bucket).empty(bucket);
}
