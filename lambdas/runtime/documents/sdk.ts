/**
 * Only what documents need: a dynamic import of the whole client would keep all its commands in the
 * bundle.
 */
export { DeleteObjectCommand, GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
