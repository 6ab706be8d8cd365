import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';

/** A bucket that functions open by the store's name: a `DocumentStore` or an imported bucket. */
export interface IDocumentStore extends IConstruct {
  /** Name by which functions open the store: `documents('Invoices')`. */
  readonly storeName: string;
  /** The bucket. */
  readonly bucket: IBucket;
  /** Lets a grantee read a document by its key. */
  grantRead(grantee: IGrantable): Grant;
  /** Lets a grantee read documents, list their keys, and see whether a document exists. */
  grantReadAndList(grantee: IGrantable): Grant;
  /** Lets a grantee store and overwrite documents, but not read or delete them. */
  grantWrite(grantee: IGrantable): Grant;
  /** Lets a grantee delete documents. */
  grantDelete(grantee: IGrantable): Grant;
}
