import {
  emptyBucket,
  type ObjectVersion,
  type VersionedBucket,
} from '../../lambdas/system/bucket-emptier/empty-bucket';

function bucketOf(count: number, pageSize: number): VersionedBucket & { left: ObjectVersion[] } {
  const left = Array.from({ length: count }, (_, i) => ({ Key: `key-${i % 7}`, VersionId: `v${i}` }));
  return {
    left,
    list: async () => left.slice(0, pageSize),
    async remove(versions) {
      for (const version of versions) left.splice(left.indexOf(version as (typeof left)[number]), 1);
      return [];
    },
  };
}

describe('emptyBucket', () => {
  test.each([
    [0, 3],
    [3, 3],
    [10, 3],
  ])('deletes %i versions in pages of %i', async (count, pageSize) => {
    const bucket = bucketOf(count, pageSize);
    await expect(emptyBucket(bucket)).resolves.toBe(count);
    expect(bucket.left).toEqual([]);
  });

  test('has nothing to do where there is no bucket', async () => {
    await expect(emptyBucket({ list: async () => undefined, remove: async () => ['never'] })).resolves.toBe(0);
  });

  test('fails with the first refusal instead of trying for ever', async () => {
    const bucket = { ...bucketOf(2, 2), remove: async () => ['key-1: AccessDenied', 'key-2: AccessDenied'] };
    await expect(emptyBucket(bucket)).rejects.toThrow(
      '2 of 2 objects could not be deleted, the first: key-1: AccessDenied',
    );
  });
});
