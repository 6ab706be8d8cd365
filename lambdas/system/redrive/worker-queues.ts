import { GetQueueUrlCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type QuarantineEntry, REDRIVE_ATTRIBUTE, type TrialReference } from '../../../lib/protocol';
import { formatTrialReference } from '../../runtime/worker/trial-reference';
import { errorCode } from '../aws-errors';

/** Sends held messages to the queues of the stack's workers. */
export class WorkerQueues {
  private readonly urls = new Map<string, Promise<string>>();

  /** @param names names of queues, by the names of their workers */
  constructor(
    private readonly client: SQSClient,
    private readonly names: Readonly<Record<string, string>>,
  ) {}

  /**
   * Sends a message with a reference to its entry.
   * @returns the reason why it can't be sent. It has no text of SQS, which may quote the message.
   */
  readonly send = async (entry: QuarantineEntry, trial: TrialReference): Promise<string | undefined> => {
    const name = Object.hasOwn(this.names, entry.to) ? this.names[entry.to] : undefined;
    if (name === undefined) return `the stack has no worker '${entry.to}'; deploy one, or discard the message`;
    const isFifo = name.endsWith('.fifo');
    try {
      await this.client.send(
        new SendMessageCommand({
          QueueUrl: await this.urlOf(name),
          MessageBody: entry.content,
          MessageAttributes: {
            [REDRIVE_ATTRIBUTE]: {
              DataType: 'String',
              StringValue: formatTrialReference(trial, entry.to, entry.content),
            },
          },
          MessageGroupId: entry.group,
          // Each trial is a new message, also within five minutes.
          ...(isFifo ? { MessageDeduplicationId: trial.trial } : {}),
        }),
      );
      return undefined;
    } catch (error) {
      return `its queue did not accept it (${errorCode(error)}); check the queue, its policy and its key, then try it again`;
    }
  };

  private urlOf(name: string): Promise<string> {
    const known = this.urls.get(name);
    if (known !== undefined) return known;
    const url = this.client.send(new GetQueueUrlCommand({ QueueName: name })).then(({ QueueUrl }) => QueueUrl!);
    this.urls.set(name, url);
    url.catch(() => this.urls.delete(name));
    return url;
  }
}
