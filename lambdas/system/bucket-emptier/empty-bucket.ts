/** A version of an object, or a delete marker. */
export interface ObjectVersion {
  readonly Key: string;
  readonly VersionId?: string;
}

/** The S3 calls that the emptier needs. */
export interface VersionedBucket {
  /** Value of a tag of the bucket. Undefined if the bucket or the tag doesn't exist. */
  tag(name: string): Promise<string | undefined>;
  /**
   * Up to 1,000 versions and delete markers. Empty if none are left. Undefined if the bucket
   * doesn't exist.
   */
  list(): Promise<ObjectVersion[] | undefined>;
  /**
   * Deletes up to 1,000 versions permanently.
   * @returns the error codes of versions that could not be deleted
   */
  remove(versions: ObjectVersion[]): Promise<string[]>;
}

/** The CloudFormation calls that the emptier needs, for its own stack. */
export interface OwnStack {
  /** Status of the stack: `DELETE_IN_PROGRESS`. */
  status(): Promise<string>;
  /** Whether the stack's current template has a resource. */
  hasResource(logicalId: string): Promise<boolean>;
}

/**
 * Statuses in which CloudFormation deletes all resources of the stack: during `cdk destroy`, and
 * during the rollback of a first deployment.
 */
const WHOLE_STACK_GOES = ['DELETE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS'];

/**
 * Checks whether a bucket may be emptied. Two services must agree. S3 may return outdated tags, so
 * with S3 alone, a sandbox that has just become production could lose all its documents.
 *
 * 1. S3 says that the bucket has the tag.
 * 2. CloudFormation says that it deletes the whole stack, or that the stack's template lacks the
 *   bucket.
 *
 * During the rollback of an update the second condition can't be checked, so the bucket isn't
 * emptied.
 * @returns the reason why the bucket must not be emptied; undefined if it may be emptied
 * @throws Error if one of the services doesn't answer; nothing is deleted then
 */
export async function whyNotEmptied(
  bucket: VersionedBucket,
  tag: string,
  stack: OwnStack,
  logicalId: string,
): Promise<string | undefined> {
  if ((await bucket.tag(tag)) !== 'true') return 'it does not have the tag';
  const status = await stack.status();
  if (WHOLE_STACK_GOES.includes(status)) return undefined;
  if (status.includes('ROLLBACK')) return `the stack is in status ${status}`;
  return (await stack.hasResource(logicalId)) ? 'the stack keeps the bucket' : undefined;
}

/**
 * Deletes all objects of a bucket, including old versions. Each list starts from the beginning,
 * because the previous page has been deleted.
 * @returns the number of deleted versions
 * @throws Error with the first error code of S3
 */
export async function emptyBucket(bucket: VersionedBucket): Promise<number> {
  for (let deleted = 0; ; ) {
    const versions = await bucket.list();
    if (versions === undefined || versions.length === 0) return deleted;
    const [first, ...more] = await bucket.remove(versions);
    if (first !== undefined) {
      throw new Error(
        `all objects of the bucket must be deleted, S3 rejected ${more.length + 1} of ${versions.length}: ${first}`,
      );
    }
    deleted += versions.length;
  }
}
