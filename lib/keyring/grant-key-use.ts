import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { viaService } from './key-policy';

/** The ways in which a grantee may use a key. */
export enum KeyUse {
  /** Reads stored data. */
  READ = 'read',
  /** Reads and writes. */
  WRITE = 'write',
  /** Stores whole objects, but can't decrypt them. */
  PUT = 'put',
  /**
   * Sends messages to a queue or topic. It includes kms:Decrypt, because SQS and SNS reuse data
   * keys and must decrypt them.
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
  // Without kms:Decrypt, multipart uploads fail, because S3 decrypts the parts when it completes an
  // upload.
  [KeyUse.PUT]: ['kms:GenerateDataKey'],
  [KeyUse.SEND]: ['kms:Decrypt', 'kms:GenerateDataKey'],
};

/**
 * Lets a grantee use a key through one service, but not by direct KMS calls. Unlike the CDK's
 * grants, the statement has no wildcards.
 * @param service name of the service as in `kms:ViaService`: `dynamodb`, `s3`, `sqs`
 */
export function grantKeyUse(key: IKey, grantee: IGrantable, use: KeyUse, service: string): Grant {
  return Grant.addToPrincipal({
    grantee,
    actions: ACTIONS[use],
    resourceArns: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': viaService(service, key.env.region) } },
  });
}
