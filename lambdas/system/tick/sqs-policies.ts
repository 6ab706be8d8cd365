import { GetQueueAttributesCommand, GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** Reads the policy of a queue by the queue's name. */
export function sqsPolicies(client: SQSClient): (queueName: string) => Promise<string | undefined> {
  const urls = new Map<string, string>();
  return async (queueName) => {
    const url =
      urls.get(queueName) ?? (await client.send(new GetQueueUrlCommand({ QueueName: queueName }))).QueueUrl ?? '';
    urls.set(queueName, url);
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['Policy'] }),
    );
    return Attributes?.['Policy'];
  };
}
