import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct, IConstruct } from 'constructs';
import { invalid, requireName, shown } from '../validation';
import { DocumentStoreBase } from './document-store-base';

/** An existing bucket as a store. */
export class ImportedDocumentStore extends DocumentStoreBase {
  public readonly storeName: string;

  constructor(
    scope: Construct,
    id: string,
    public readonly bucket: IBucket,
    storeName: string = id,
  ) {
    super(scope, id);
    checkStoreName(this, storeName);
    if (typeof bucket !== 'object' || bucket === null || !('bucketArn' in bucket)) {
      throw invalid(this, 'bucket', `must be an IBucket, got ${shown(bucket)}; use Bucket.fromBucketName() for a name`);
    }
    this.storeName = storeName;
  }

  protected override _key(): IKey | undefined {
    return this.bucket.encryptionKey;
  }
}

/** Throws if a store name is invalid. */
export function checkStoreName(scope: IConstruct, storeName: string): void {
  requireName(scope, 'storeName', storeName, /^[A-Za-z0-9_.-]{1,255}$/, "1 to 255 letters, digits and '-._'");
}
