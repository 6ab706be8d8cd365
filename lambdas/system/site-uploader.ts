import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { customResource, type Properties, stringProperty } from './resource/custom-resource';
import { type SiteStore, textsOf, uploadSite } from './site-uploader/upload';

/** Maximum number of keys in one DeleteObjects call (Amazon S3 API Reference). */
const MAX_DELETE_BATCH = 1_000;

const client = new S3Client();

function siteStore(bucket: string, source: { Bucket: string; Key: string }): SiteStore {
  return {
    async readSource() {
      const { Body } = await client.send(new GetObjectCommand(source));
      return Buffer.from(await Body!.transformToByteArray());
    },
    async list() {
      const keys: string[] = [];
      for (let token: string | undefined; ; ) {
        const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }));
        keys.push(...(page.Contents ?? []).map(({ Key }) => Key!));
        token = page.NextContinuationToken;
        if (token === undefined) return keys;
      }
    },
    async put({ key, body, contentType, cacheControl }) {
      await client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: body,
          ContentType: contentType,
          CacheControl: cacheControl,
        }),
      );
    },
    async remove(keys) {
      for (let i = 0; i < keys.length; i += MAX_DELETE_BATCH) {
        const Objects = keys.slice(i, i + MAX_DELETE_BATCH).map((Key) => ({ Key }));
        const { Errors } = await client.send(
          new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
        );
        const [first] = Errors ?? [];
        if (first)
          throw new Error(`old files must be deleted, S3 rejected ${Errors?.length}: ${first.Key} with ${first.Code}`);
      }
    },
  };
}

async function upload(properties: Properties) {
  const bucket = stringProperty(properties, 'Bucket');
  const source = { Bucket: stringProperty(properties, 'SourceBucket'), Key: stringProperty(properties, 'SourceKey') };
  const result = await uploadSite(siteStore(bucket, source), textsOf(properties['Files']));
  console.log(JSON.stringify({ message: 'site uploaded', bucket, ...result }));
  return { physicalResourceId: `site-in-${bucket}` };
}

/**
 * Uploads a site to its bucket. If this custom resource is deleted, the files remain. The bucket
 * has its own resources that may empty and delete it.
 */
export const handler = customResource({
  create: upload,
  update: upload,
  async remove() {},
});
