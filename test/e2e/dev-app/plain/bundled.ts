import { S3Client } from '@aws-sdk/client-s3';

export const handler = async () => ({ statusCode: 200, body: `b1 ${typeof S3Client}` });
