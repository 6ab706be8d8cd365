/** Only what the paperwork uses: a dynamic import of the whole client would keep every command of it in the package. */
export { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
