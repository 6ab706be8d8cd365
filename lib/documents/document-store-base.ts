import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledgeParts, grantKeyUse, KeyUse } from '../keyring';
import { noteGrant } from '../stacks';
import { requireGrantee } from '../validation';
import { setDocumentEnvironment } from './document-environment';
import type { IDocumentStore } from './i-document-store';

/** Base class with the grants of document stores. Functions open a store by its name. */
export abstract class DocumentStoreBase extends Construct implements IDocumentStore {
  public abstract readonly storeName: string;
  public abstract readonly bucket: IBucket;

  /**
   * Lets a grantee read a document by its key. S3 also answers 403 if the document is missing,
   * because the grantee can't list the bucket. If a handler must distinguish a missing document
   * from a refused one, use `grantReadAndList`.
   */
  public grantRead(grantee: IGrantable): Grant {
    return this.grantObjects(grantee, ['s3:GetObject'], KeyUse.READ);
  }

  /** Lets a grantee read documents, list their keys, and see whether a document exists. */
  public grantReadAndList(grantee: IGrantable): Grant {
    return this.grantRead(grantee).combine(
      Grant.addToPrincipal({ grantee, actions: ['s3:ListBucket'], resourceArns: [this.bucket.bucketArn] }),
    );
  }

  /**
   * Lets a grantee store and overwrite documents, but not read or delete them. A document can have
   * at most 5 GB, the limit of S3 for a single PUT request. For a larger one, the grantee needs a
   * multipart upload, which must decrypt its own parts. To allow it, call
   * `store.encryptionKey.grantDecrypt(grantee)`.
   */
  public grantWrite(grantee: IGrantable): Grant {
    requireGrantee(this, grantee);
    this._beforeWrites(grantee);
    return this.grantObjects(grantee, ['s3:PutObject'], KeyUse.PUT);
  }

  /**
   * Lets a grantee delete documents. In production a deleted document becomes an old version, which
   * the grantee can neither read nor restore. S3 deletes it after `oldVersionsExpireAfter`.
   */
  public grantDelete(grantee: IGrantable): Grant {
    return this.grantObjects(grantee, ['s3:DeleteObject']);
  }

  /**
   * Key of the documents, if it is a customer managed key.
   * @internal
   */
  protected abstract _key(): IKey | undefined;

  /**
   * Hook that runs before a grantee gets the right to write.
   * @internal
   */
  protected _beforeWrites(_grantee: IGrantable): void {}

  private grantObjects(grantee: IGrantable, actions: string[], use?: KeyUse): Grant {
    requireGrantee(this, grantee);
    noteGrant(this, grantee);
    setDocumentEnvironment(this, this.storeName, this.bucket, grantee);
    const reason = 'Object keys are only known at run time; the right covers this bucket only';
    acknowledgeParts(grantee, this.bucket, this.bucket.bucketArn, '/*', reason);
    const grant = Grant.addToPrincipal({ grantee, actions, resourceArns: [this.bucket.arnForObjects('*')] });
    const key = this._key();
    return use === undefined || key === undefined ? grant : grant.combine(grantKeyUse(key, grantee, use, 's3'));
  }
}
