import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
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

  test('fails with the first error code instead of trying for ever', async () => {
    const bucket = { ...bucketOf(2, 2), remove: async () => ['AccessDenied', 'InternalError'] };
    await expect(emptyBucket(bucket)).rejects.toThrow(
      'all objects of the bucket must be deleted, S3 rejected 2 of 2: AccessDenied',
    );
  });
});

describe('the bucket emptier', () => {
  const TAG = 'breakwater:empty-on-delete';
  const named = (name: string) => Object.assign(new Error(name), { name });

  const LOGICAL_ID = 'InvoicesBucket1234';

  /** An S3 with one bucket of three versions, and the stack that the bucket belonged to. */
  interface Surroundings {
    readonly tags: () => { Key: string; Value: string }[];
    readonly status?: string;
    /** Resources of the stack's template. */
    readonly resources?: Record<string, object>;
  }

  /** Runs the handler; returns its answer, and what it asked S3 and CloudFormation. */
  async function run(turn: 'Create' | 'Update' | 'Delete', { tags, status, resources = {} }: Surroundings) {
    const bucket = bucketOf(3, 3);
    const asked: string[] = [];
    jest.spyOn(S3Client.prototype, 'send').mockImplementation(async (command: object) => {
      asked.push(command.constructor.name.replace('Command', ''));
      if (command instanceof GetBucketTaggingCommand) return { TagSet: tags() };
      if (command instanceof ListObjectVersionsCommand) return { Versions: await bucket.list() };
      await bucket.remove([...bucket.left]);
      return {};
    });
    jest.spyOn(CloudFormationClient.prototype, 'send').mockImplementation(async (command: object) => {
      asked.push(command.constructor.name.replace('Command', ''));
      expect(command).toMatchObject({ input: { StackName: 'stack-id' } });
      if (command instanceof GetTemplateCommand) return { TemplateBody: JSON.stringify({ Resources: resources }) };
      if (status === undefined) throw named('AccessDenied');
      return { Stacks: [{ StackStatus: status }] };
    });
    const answers: { Status: string; Reason?: string }[] = [];
    jest.spyOn(globalThis, 'fetch').mockImplementation(async (_url, init) => {
      answers.push(JSON.parse(new TextDecoder().decode(init?.body as Uint8Array)));
      return new Response();
    });
    jest.spyOn(console, 'log').mockImplementation(() => undefined);
    const properties = {
      ServiceToken: 'function',
      BucketName: 'invoices',
      Tag: TAG,
      StackId: 'stack-id',
      LogicalId: LOGICAL_ID,
    };
    await handler({
      RequestType: turn,
      ServiceToken: 'function',
      ResponseURL: 'https://answers.example/',
      StackId: 'stack',
      RequestId: 'request',
      LogicalResourceId: 'EmptyOnDelete',
      ResourceType: 'Custom::BreakwaterEmptyBucket',
      PhysicalResourceId: 'invoices',
      OldResourceProperties: properties,
      ResourceProperties: properties,
    });
    return { answer: answers[0], asked, left: bucket.left.length };
  }

  const tagged = () => [{ Key: TAG, Value: 'true' }];
  const kept = { [LOGICAL_ID]: { Type: 'AWS::S3::Bucket' } };

  afterEach(() => jest.restoreAllMocks());

  test.each([
    ['the whole stack is deleted', 'DELETE_IN_PROGRESS', kept],
    ['the first deployment is undone', 'ROLLBACK_IN_PROGRESS', kept],
    ['the bucket is no longer in the template', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', {}],
  ])('empties a bucket with the tag if %s', async (_, status, resources) => {
    const { answer, left } = await run('Delete', { tags: tagged, status, resources });
    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    expect(left).toBe(0);
  });

  // S3 may return tags that a bucket had before: the sandbox has become production, and the bucket stays.
  test.each([
    ['the template keeps it', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', kept],
    ['an update is rolled back', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', {}],
    ['the template keeps it, in a status of any name', 'UPDATE_IN_PROGRESS', kept],
  ])('leaves a bucket alone although S3 still shows the tag if %s (C2)', async (_, status, resources) => {
    const { answer, asked, left } = await run('Delete', { tags: tagged, status, resources });
    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    expect(asked).not.toContain('DeleteObjects');
    expect(left).toBe(3);
  });

  test('fails, and deletes nothing, if CloudFormation does not say what becomes of the bucket', async () => {
    const { answer, left } = await run('Delete', { tags: tagged });
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: 'AccessDenied' });
    expect(left).toBe(3);
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
    const { answer, asked, left } = await run('Delete', { tags, status: 'DELETE_IN_PROGRESS' });
    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    expect(asked).toEqual(['GetBucketTagging']);
    expect(left).toBe(3);
  });

  test('fails, and deletes nothing, when it may not see the tags', async () => {
    const { answer, asked } = await run('Delete', {
      tags: () => {
        throw named('AccessDenied');
      },
    });
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: 'AccessDenied' });
    expect(asked).toEqual(['GetBucketTagging']);
  });

  test.each(['Create', 'Update'] as const)('asks for nothing on %s', async (turn) => {
    const { answer, asked } = await run(turn, { tags: () => [] });
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'invoices' });
    expect(asked).toEqual([]);
  });
});
