import { DeleteObjectsCommand, GetBucketTaggingCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { emptyMarkedBucket, type VersionedBucket } from './bucket-emptier/empty-bucket';
import { customResource, stringProperty } from './resource/custom-resource';

const client = new S3Client();

function versionedBucket(name: string): VersionedBucket {
  return {
    async tag(wanted) {
      try {
        const { TagSet } = await client.send(new GetBucketTaggingCommand({ Bucket: name }));
        return TagSet?.find(({ Key }) => Key === wanted)?.Value;
      } catch (error) {
        if (isNamed(error, 'NoSuchTagSet', 'NoSuchBucket')) return undefined;
        throw error;
      }
    },
    async list() {
      try {
        const page = await client.send(new ListObjectVersionsCommand({ Bucket: name }));
        return [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
          Key: Key!,
          VersionId,
        }));
      } catch (error) {
        if (isNamed(error, 'NoSuchBucket')) return undefined;
        throw error;
      }
    },
    async remove(versions) {
      const { Errors } = await client.send(
        new DeleteObjectsCommand({ Bucket: name, Delete: { Objects: versions, Quiet: true } }),
      );
      return (Errors ?? []).map(({ Key, Code, Message }) => `${Key}: ${Code ?? ''} ${Message ?? ''}`.trim());
    },
  };
}

/** The SDK has no class for every error of S3, but names each. */
function isNamed(error: unknown, ...names: string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

/** Empties a sandbox's bucket when it leaves the stack: CloudFormation can't delete a bucket that holds something. A bucket that lost its tag stays as it is. */
export const handler = customResource({
  // The bucket's name is the identity: a replaced bucket is emptied by the delete that follows.
  create: async (properties) => ({ physicalResourceId: stringProperty(properties, 'BucketName') }),
  update: async (properties) => ({ physicalResourceId: stringProperty(properties, 'BucketName') }),
  async remove(properties) {
    const name = stringProperty(properties, 'BucketName');
    const deleted = await emptyMarkedBucket(versionedBucket(name), stringProperty(properties, 'Tag'));
    const message = deleted === undefined ? 'bucket left alone: it is not marked for emptying' : 'bucket emptied';
    console.log(JSON.stringify({ message, bucket: name, deleted }));
  },
});
