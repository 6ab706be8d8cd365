/**
 * The parts of the S3 client that documents need. A dynamic import of the whole client would add
 * all its commands to the bundle.
 */
export { DeleteObjectCommand, GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
