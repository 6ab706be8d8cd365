import type { S3Client } from '@aws-sdk/client-s3';

let client: Promise<{ s3: S3Client; sdk: typeof import('./s3-sdk') }> | undefined;

/** Loads the SDK with the first document, since most calls need none. */
function storage(): Promise<{ s3: S3Client; sdk: typeof import('./s3-sdk') }> {
  client ??= import('./s3-sdk').then((sdk) => ({ sdk, s3: new sdk.S3Client({}) }));
  return client;
}

/** @throws Error if the environment names no bucket */
export function bucketOf(variable: string): string {
  const name = process.env[variable];
  if (!name) throw new Error(`environment variable ${variable} must name a bucket, got ${JSON.stringify(name)}`);
  return name;
}

/** Writes a document. The bucket encrypts it with its own key. */
export async function writeDocument(
  bucket: string,
  key: string,
  body: Uint8Array | string,
  type: string,
): Promise<void> {
  const { s3, sdk } = await storage();
  await s3.send(new sdk.PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: type }));
}

/** Reads an invoice; undefined if the key has none. */
export async function readDocument(key: string): Promise<Uint8Array | undefined> {
  const { s3, sdk } = await storage();
  try {
    const answer = await s3.send(new sdk.GetObjectCommand({ Bucket: bucketOf('INVOICE_BUCKET'), Key: key }));
    return await answer.Body?.transformToByteArray();
  } catch (error) {
    if (error instanceof sdk.NoSuchKey) return undefined;
    throw error;
  }
}
