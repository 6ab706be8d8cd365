import { CustomResource, Duration, Stack, Tags } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct, type IConstruct } from 'constructs';
import { AliasedFunction, systemHandler } from '../functions';
import { acknowledgeParts } from '../keyring';
import { DeploymentProfile } from '../profile';
import { stackPart } from '../stacks';

const STACK_CHILD = 'BreakwaterBucketEmptier';

/** Tag of a bucket that the function may empty when the stack deletes the bucket. */
const TAG = 'breakwater:empty-on-delete';

/**
 * Time limit of one emptying. Deleting 1,000 objects takes about a second, so 10 minutes suffice
 * for several hundred thousand objects.
 */
const TIMEOUT = Duration.minutes(10);
const DEPLOYMENT_TIMEOUT = Duration.minutes(12);

/**
 * The function that empties buckets before CloudFormation deletes them. A stack has one such
 * function.
 */
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
    const reason = 'It deletes all objects of a sandbox’s bucket; synth can’t know their names';
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
    // If the stack's profile changes to production, CloudFormation deletes this custom resource but
    // keeps the bucket. CloudFormation updates the bucket first. So when the function is called,
    // the bucket no longer has the tag, and the function empties nothing.
    Tags.of(bucket).add(TAG, 'true', { includeResourceTypes: ['AWS::S3::Bucket'] });
    // When the stack is deleted, the function must run before CloudFormation deletes its role.
    resource.node.addDependency(this.function.role);
    return resource;
  }
}

/**
 * Lets `cdk destroy` delete a bucket with its content. If the profile retains data, this function
 * does nothing.
 *
 * A Lambda function empties the bucket. It does so only if the bucket has a tag and CloudFormation
 * confirms that the stack deletes the bucket. So if the profile changes from sandbox to production,
 * the documents remain. The function needs no right to a key, because it reads no content.
 * @returns the custom resource that empties the bucket. All writers of the bucket must depend on
 * this resource. CloudFormation then deletes the writers first, so no writer can fill the emptied
 * bucket again.
 */
export function emptyOnDelete(bucket: Bucket, profile: DeploymentProfile): CustomResource | undefined {
  return profile.deletionProtection ? undefined : BucketEmptier.of(bucket).empty(bucket);
}
