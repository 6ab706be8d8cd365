import { CloudFormationClient, DescribeStacksCommand, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { DeleteObjectsCommand, GetBucketTaggingCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { emptyBucket, type OwnStack, type VersionedBucket, whyNotEmptied } from './bucket-emptier/empty-bucket';
import { customResource, stringProperty } from './resource/custom-resource';

const s3 = new S3Client();
const cloudFormation = new CloudFormationClient();

function versionedBucket(name: string): VersionedBucket {
  return {
    async tag(wanted) {
      try {
        const { TagSet } = await s3.send(new GetBucketTaggingCommand({ Bucket: name }));
        return TagSet?.find(({ Key }) => Key === wanted)?.Value;
      } catch (error) {
        if (isNamed(error, 'NoSuchTagSet', 'NoSuchBucket')) return undefined;
        throw error;
      }
    },
    async list() {
      try {
        const page = await s3.send(new ListObjectVersionsCommand({ Bucket: name }));
        return [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].flatMap(({ Key, VersionId }) =>
          Key === undefined ? [] : [{ Key, VersionId }],
        );
      } catch (error) {
        if (isNamed(error, 'NoSuchBucket')) return undefined;
        throw error;
      }
    },
    async remove(versions) {
      const { Errors = [] } = await s3.send(
        new DeleteObjectsCommand({ Bucket: name, Delete: { Objects: versions, Quiet: true } }),
      );
      return Errors.map(({ Code }) => Code ?? 'Unknown');
    },
  };
}

function ownStack(stackId: string): OwnStack {
  return {
    async status() {
      const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stackId }));
      return Stacks[0]?.StackStatus ?? 'unknown';
    },
    async hasResource(logicalId) {
      const { TemplateBody = '{}' } = await cloudFormation.send(new GetTemplateCommand({ StackName: stackId }));
      const template = JSON.parse(TemplateBody) as { Resources?: Record<string, unknown> };
      if (template.Resources === undefined) throw new Error('the template of the stack must have resources, got none');
      return Object.hasOwn(template.Resources, logicalId);
    },
  };
}

/** Compares an error's name. The SDK has no classes for some errors of S3. */
function isNamed(error: unknown, ...names: string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

/**
 * Empties a sandbox's bucket before it is deleted, because CloudFormation can't delete a bucket
 * with objects.
 */
export const handler = customResource({
  // The bucket's name is the physical ID. So if the bucket is replaced, CloudFormation sends a
  // delete event for the old name.
  create: async (properties) => ({ physicalResourceId: stringProperty(properties, 'BucketName') }),
  update: async (properties) => ({ physicalResourceId: stringProperty(properties, 'BucketName') }),
  async remove(properties) {
    const name = stringProperty(properties, 'BucketName');
    const bucket = versionedBucket(name);
    const reason = await whyNotEmptied(
      bucket,
      stringProperty(properties, 'Tag'),
      ownStack(stringProperty(properties, 'StackId')),
      stringProperty(properties, 'LogicalId'),
    );
    const result =
      reason === undefined
        ? { message: 'bucket emptied', deleted: await emptyBucket(bucket) }
        : { message: 'bucket not emptied', reason };
    console.log(JSON.stringify({ bucket: name, ...result }));
  },
});
