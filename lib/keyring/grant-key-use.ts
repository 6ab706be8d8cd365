import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { viaService } from './key-policy';

/** Use of data under a key. */
export enum KeyUse {
  /** Reads stored data. */
  READ = 'read',
  /** Reads and writes. */
  WRITE = 'write',
  /** Stores whole objects, and can decrypt none of them. */
  PUT = 'put',
  /** Sends messages to a queue or topic, which decrypts its data key to reuse it. */
  SEND = 'send',
}

const ACTIONS: Record<KeyUse, string[]> = {
  [KeyUse.READ]: ['kms:Decrypt', 'kms:DescribeKey'],
  [KeyUse.WRITE]: [
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  ],
  // Without kms:Decrypt, so multipart uploads fail: S3 decrypts their parts when an upload is
  // completed.
  [KeyUse.PUT]: ['kms:GenerateDataKey'],
  [KeyUse.SEND]: ['kms:Decrypt', 'kms:GenerateDataKey'],
};

/**
 * Lets a grantee use a key through one service, never by a bare KMS call, and without the wildcards
 * of the CDK's grants.
 * @param service service as `kms:ViaService` names it: `dynamodb`, `s3`, `sqs`
 */
export function grantKeyUse(key: IKey, grantee: IGrantable, use: KeyUse, service: string): Grant {
  return Grant.addToPrincipal({
    grantee,
    actions: ACTIONS[use],
    resourceArns: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': viaService(service, key.env.region) } },
  });
}
