import { DeleteObjectsCommand, ListObjectVersionsCommand, NoSuchBucket, S3Client } from '@aws-sdk/client-s3';
import { emptyBucket, type VersionedBucket } from './bucket-emptier/empty-bucket';
import { customResource, stringProperty } from './resource/custom-resource';

const client = new S3Client();

function versionedBucket(name: string): VersionedBucket {
  return {
    async list() {
      try {
        const page = await client.send(new ListObjectVersionsCommand({ Bucket: name }));
        return [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
          Key: Key!,
          VersionId,
        }));
      } catch (error) {
        if (error instanceof NoSuchBucket || (error as Error).name === 'NoSuchBucket') return undefined;
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

/** Empties a sandbox's bucket when it leaves the stack: CloudFormation can't delete a bucket that holds something. */
export const handler = customResource({
  // The bucket's name is the identity: a replaced bucket is emptied by the delete that follows.
  create: async (properties) => ({ physicalResourceId: stringProperty(properties, 'BucketName') }),
  update: async (properties) => ({ physicalResourceId: stringProperty(properties, 'BucketName') }),
  async remove(properties) {
    const name = stringProperty(properties, 'BucketName');
    const deleted = await emptyBucket(versionedBucket(name));
    console.log(JSON.stringify({ message: 'bucket emptied', bucket: name, deleted }));
  },
});
