/** A version of an object, or the mark of its deletion. */
export interface ObjectVersion {
  readonly Key: string;
  readonly VersionId?: string;
}

/** What emptying a bucket needs of S3. */
export interface VersionedBucket {
  /** Up to 1,000 versions and deletion marks; empty when there are none left, undefined when there is no such bucket. */
  list(): Promise<ObjectVersion[] | undefined>;
  /** Deletes up to 1,000 of them for good. @returns what could not be deleted, in words */
  remove(versions: ObjectVersion[]): Promise<string[]>;
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
