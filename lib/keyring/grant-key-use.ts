import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { viaService } from './key-policy';

/** Kind of use that a grantee may make of a key. */
export enum KeyUse {
  /** Reads stored data. */
  READ = 'read',
  /** Reads and writes. */
  WRITE = 'write',
  /** Stores whole objects, but can't decrypt them. */
  PUT = 'put',
  /**
   * Sends messages to a queue or topic. It includes kms:Decrypt, because the service reuses its
   * data key.
   */
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
  // kms:Decrypt isn't included, so multipart uploads fail: S3 decrypts their parts when an upload
  // is completed.
  [KeyUse.PUT]: ['kms:GenerateDataKey'],
  [KeyUse.SEND]: ['kms:Decrypt', 'kms:GenerateDataKey'],
};

/**
 * Lets a grantee use a key through one service, but not by direct KMS calls. Unlike the CDK's
 * grants, the statement has no wildcards.
 * @param service service by its name in `kms:ViaService`: `dynamodb`, `s3`, `sqs`
 */
export function grantKeyUse(key: IKey, grantee: IGrantable, use: KeyUse, service: string): Grant {
  return Grant.addToPrincipal({
    grantee,
    actions: ACTIONS[use],
    resourceArns: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': viaService(service, key.env.region) } },
  });
}
