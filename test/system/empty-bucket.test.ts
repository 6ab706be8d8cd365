import { GetBucketTaggingCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { handler } from '../../lambdas/system/bucket-emptier';
import {
  emptyBucket,
  type ObjectVersion,
  type VersionedBucket,
} from '../../lambdas/system/bucket-emptier/empty-bucket';

function bucketOf(count: number, pageSize: number): VersionedBucket & { left: ObjectVersion[] } {
  const left = Array.from({ length: count }, (_, i) => ({ Key: `key-${i % 7}`, VersionId: `v${i}` }));
  return {
    left,
    tag: async () => 'true',
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
    await expect(
      emptyBucket({ tag: async () => undefined, list: async () => undefined, remove: async () => ['never'] }),
    ).resolves.toBe(0);
  });

  test('fails with the first refusal instead of trying for ever', async () => {
    const bucket = { ...bucketOf(2, 2), remove: async () => ['key-1: AccessDenied', 'key-2: AccessDenied'] };
    await expect(emptyBucket(bucket)).rejects.toThrow(
      '2 of 2 objects could not be deleted, the first: key-1: AccessDenied',
    );
  });
});

describe('the bucket emptier', () => {
  const TAG = 'breakwater:empty-on-delete';
  const named = (name: string) => Object.assign(new Error(name), { name });

  /** Runs the handler against an S3 with one bucket of three versions; returns its answer, and what it asked S3. */
  async function run(turn: 'Create' | 'Update' | 'Delete', tags: () => { Key: string; Value: string }[]) {
    const bucket = bucketOf(3, 3);
    const asked: string[] = [];
    jest.spyOn(S3Client.prototype, 'send').mockImplementation(async (command: object) => {
      asked.push(command.constructor.name.replace('Command', ''));
      if (command instanceof GetBucketTaggingCommand) return { TagSet: tags() };
      if (command instanceof ListObjectVersionsCommand) return { Versions: await bucket.list() };
      await bucket.remove([...bucket.left]);
      return {};
    });
    const answers: { Status: string; Reason?: string }[] = [];
    jest.spyOn(globalThis, 'fetch').mockImplementation(async (_url, init) => {
      answers.push(JSON.parse(new TextDecoder().decode(init?.body as Uint8Array)));
      return new Response();
    });
    jest.spyOn(console, 'log').mockImplementation(() => undefined);
    await handler({
      RequestType: turn,
      ServiceToken: 'function',
      ResponseURL: 'https://answers.example/',
      StackId: 'stack',
      RequestId: 'request',
      LogicalResourceId: 'EmptyOnDelete',
      ResourceType: 'Custom::BreakwaterEmptyBucket',
      PhysicalResourceId: 'invoices',
      OldResourceProperties: { ServiceToken: 'function', BucketName: 'invoices', Tag: TAG },
      ResourceProperties: { ServiceToken: 'function', BucketName: 'invoices', Tag: TAG },
    });
    return { answer: answers[0], asked, left: bucket.left.length };
  }

  afterEach(() => jest.restoreAllMocks());

  test('empties a bucket that has the tag still', async () => {
    const { answer, left } = await run('Delete', () => [{ Key: TAG, Value: 'true' }]);
    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    expect(left).toBe(0);
  });

  test.each<[string, () => { Key: string; Value: string }[]]>([
    ['has other tags', () => [{ Key: 'team', Value: 'true' }]],
    ['has the tag with another value', () => [{ Key: TAG, Value: 'false' }]],
    [
      'has no tags',
      () => {
        throw named('NoSuchTagSet');
      },
    ],
    [
      'is gone',
      () => {
        throw named('NoSuchBucket');
      },
    ],
  ])('touches nothing of a bucket that %s, and lets the stack go on', async (_, tags) => {
    const { answer, asked, left } = await run('Delete', tags);
    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    expect(asked).toEqual(['GetBucketTagging']);
    expect(left).toBe(3);
  });

  test('fails, and deletes nothing, when it may not see the tags', async () => {
    const { answer, asked } = await run('Delete', () => {
      throw named('AccessDenied');
    });
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: 'AccessDenied' });
    expect(asked).toEqual(['GetBucketTagging']);
  });

  test.each(['Create', 'Update'] as const)('asks S3 for nothing on %s', async (turn) => {
    const { answer, asked } = await run(turn, () => []);
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'invoices' });
    expect(asked).toEqual([]);
  });
});
