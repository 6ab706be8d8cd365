/** A version of an object, or a delete marker. */
export interface ObjectVersion {
  readonly Key: string;
  readonly VersionId?: string;
}

/** S3 as the emptier uses it. */
export interface VersionedBucket {
  /** Value of a tag of the bucket; undefined if it lacks the tag, or if there is no such bucket. */
  tag(name: string): Promise<string | undefined>;
  /**
   * Up to 1,000 versions and delete markers; empty if none are left, undefined if there is no such
   * bucket.
   */
  list(): Promise<ObjectVersion[] | undefined>;
  /**
   * Deletes up to 1,000 of them for good.
   * @returns the error codes of those that could not be deleted
   */
  remove(versions: ObjectVersion[]): Promise<string[]>;
}

/** CloudFormation as the emptier uses it: its own stack. */
export interface OwnStack {
  /** Status of the stack: `DELETE_IN_PROGRESS`. */
  status(): Promise<string>;
  /** Whether the stack's current template has a resource. */
  hasResource(logicalId: string): Promise<boolean>;
}

/**
 * Statuses in which CloudFormation deletes all that a stack has: `cdk destroy`, or a first
 * deployment that is undone.
 */
const WHOLE_STACK_GOES = ['DELETE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS'];

/**
 * Finds out whether a bucket may be emptied. Two services must agree, because S3 may return tags
 * that the bucket had some time ago: a sandbox that has just become production would lose all its
 * documents.
 *
 * 1. S3 says that the bucket has the tag.
 * 2. CloudFormation says that it deletes the whole stack, or that the stack's template lacks the
 *    bucket.
 *
 * While an update is rolled back, the second can't be known, so the bucket is left alone.
 * @returns why the bucket must be left alone; undefined if it may be emptied
 * @throws Error if one of them can't be asked: then nothing is deleted
 */
export async function whyLeftAlone(
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
 * Deletes all that a bucket holds, older versions too. Each page is listed from the start, because
 * the previous page is deleted by then.
 * @returns how many versions were deleted
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
