import { CustomResource, Duration, Stack, Tags } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct, type IConstruct } from 'constructs';
import { AliasedFunction, systemHandler } from '../functions';
import { acknowledgeParts } from '../keyring';
import { DeploymentProfile } from '../profile';
import { stackPart } from '../stacks';

const STACK_CHILD = 'BreakwaterBucketEmptier';

/** Tag of a bucket that is emptied when it is deleted. */
const TAG = 'breakwater:empty-on-delete';

/**
 * Deleting 1,000 objects takes about a second, so 10 minutes suffice for several hundred thousand.
 */
const TIMEOUT = Duration.minutes(10);
const DEPLOYMENT_TIMEOUT = Duration.minutes(12);

/** The function that empties buckets which are deleted from a stack. A stack has one. */
class BucketEmptier extends Construct {
  public static of(scope: IConstruct): BucketEmptier {
    return stackPart(
      Stack.of(scope),
      STACK_CHILD,
      'bucket emptier',
      BucketEmptier,
      (stack) => new BucketEmptier(stack, STACK_CHILD),
    );
  }

  private readonly function: AliasedFunction;

  public constructor(scope: Construct, id: string) {
    super(scope, id);
    this.function = new AliasedFunction(this, 'Function', {
      handler: systemHandler('bucket-emptier'),
      workloadName: 'bucket-emptier',
      description: 'Empties buckets of a sandbox before they are deleted',
      timeout: TIMEOUT,
      profile: DeploymentProfile.SANDBOX,
    });
    Grant.addToPrincipal({
      grantee: this.function,
      actions: ['cloudformation:DescribeStacks', 'cloudformation:GetTemplate'],
      resourceArns: [Stack.of(this).stackId],
    });
  }

  public empty(bucket: Bucket): CustomResource {
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
    const reason = 'It deletes all objects of a sandbox’s bucket, whose names synth can not know';
    acknowledgeParts(this.function, bucket, bucket.bucketArn, '/*', reason);
    const stack = Stack.of(bucket);
    const resource = new CustomResource(bucket, 'EmptyOnDelete', {
      serviceToken: this.function.function.functionArn,
      serviceTimeout: DEPLOYMENT_TIMEOUT,
      resourceType: 'Custom::BreakwaterEmptyBucket',
      properties: {
        BucketName: bucket.bucketName,
        Tag: TAG,
        StackId: stack.stackId,
        LogicalId: stack.getLogicalId(bucket.node.defaultChild as CfnBucket),
      },
    });
    // If the stack becomes production, CloudFormation deletes this resource, but not the bucket.
    // CloudFormation updates the bucket first, so the bucket no longer has the tag.
    Tags.of(bucket).add(TAG, 'true', { includeResourceTypes: ['AWS::S3::Bucket'] });
    // When the stack is deleted, the function must lose its rights after it has run.
    resource.node.addDependency(this.function.role);
    return resource;
  }
}

/**
 * Lets `cdk destroy` delete a bucket with its content, if the profile retains no data. Otherwise it
 * does nothing.
 *
 * The function empties a bucket only if the bucket has a tag and CloudFormation confirms that it
 * deletes the bucket. So if a sandbox becomes production, its documents remain. The function needs
 * no right to a key, because it reads no content.
 * @returns the custom resource that empties the bucket. All writers of the bucket must depend on
 * this resource. CloudFormation then deletes them first, so none writes to the emptied bucket.
 */
export function emptyOnDelete(bucket: Bucket, profile: DeploymentProfile): CustomResource | undefined {
  return profile.deletionProtection ? undefined : BucketEmptier.of(bucket).empty(bucket);
}
