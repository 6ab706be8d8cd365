/** A version of an object, or the mark of its deletion. */
export interface ObjectVersion {
  readonly Key: string;
  readonly VersionId?: string;
}

/** What emptying a bucket needs of S3. */
export interface VersionedBucket {
  /** Value of a tag of the bucket; undefined when it doesn't have the tag, or when there is no such bucket. */
  tag(name: string): Promise<string | undefined>;
  /** Up to 1,000 versions and deletion marks; empty when there are none left, undefined when there is no such bucket. */
  list(): Promise<ObjectVersion[] | undefined>;
  /** Deletes up to 1,000 of them for good. @returns what could not be deleted, in words */
  remove(versions: ObjectVersion[]): Promise<string[]>;
}

/**
 * Empties a bucket if it is still marked for it. A bucket that stays, since its stack became production, has lost the mark.
 * @returns how many versions were deleted; undefined if the bucket isn't marked, and was left alone
 * @throws Error with the first refusal of S3; without having read the mark it deletes nothing
 */
export async function emptyMarkedBucket(bucket: VersionedBucket, tag: string): Promise<number | undefined> {
  return (await bucket.tag(tag)) === 'true' ? emptyBucket(bucket) : undefined;
}

/**
 * Deletes all that a bucket holds, older versions too. It lists from the start after each page, since what was listed is gone.
 * @returns how many versions were deleted
 * @throws Error with the first refusal of S3
 */
export async function emptyBucket(bucket: VersionedBucket): Promise<number> {
  for (let deleted = 0; ; ) {
    const versions = await bucket.list();
    if (versions === undefined || versions.length === 0) return deleted;
    const refused = await bucket.remove(versions);
    if (refused.length > 0) {
      throw new Error(`${refused.length} of ${versions.length} objects could not be deleted, the first: ${refused[0]}`);
    }
    deleted += versions.length;
  }
}
