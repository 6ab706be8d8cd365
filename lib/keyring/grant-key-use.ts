import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { viaService } from './key-policy';

/** What a principal does with data under a key. */
export enum KeyUse {
  /** Reads what is stored. */
  READ = 'read',
  /** Reads and writes. */
  WRITE = 'write',
  /** Stores whole objects, and can open none of them. */
  PUT = 'put',
  /** Sends messages to a queue or topic, which wants to see its data key again. */
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
  // Parts of a multipart upload are read again when it is completed, which would take kms:Decrypt.
  [KeyUse.PUT]: ['kms:GenerateDataKey'],
  [KeyUse.SEND]: ['kms:Decrypt', 'kms:GenerateDataKey'],
};

/**
 * Lets a grantee use a key through one service: never with a bare KMS call, and without the wildcards of the CDK's own grants.
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
