import { MAX_RECEIVES, queueContract, VISIBILITY_SECONDS } from './queue-contract';
import { SimulatedQueue } from './simulated-queue';

/** The simulated queue with its clock. */
async function make(fifo: boolean) {
  const queue = new SimulatedQueue({
    fifo,
    visibilityMs: VISIBILITY_SECONDS * 1_000,
    retentionMs: 1e9,
    maxReceiveCount: MAX_RECEIVES,
  });
  let now = 1_000;
  let sent = 0;
  return {
    send: async (body: string, group?: string) => queue.send(`m${sent++}`, body, now, group),
    receive: async (size: number) =>
      queue.receive(now, size).map((message) => {
        const { body, receiptHandle, attributes } = queue.recordOf(message);
        return {
          body,
          receipt: receiptHandle,
          receives: Number(attributes.ApproximateReceiveCount),
          firstReceivedAt: Number(attributes.ApproximateFirstReceiveTimestamp),
        };
      }),
    delete: async (receipt: string) => queue.delete(receipt),
    changeVisibility: async (receipt: string, seconds: number) =>
      queue.changeVisibility(receipt, now + seconds * 1_000),
    pass: async (seconds: number) => {
      now += seconds * 1_000;
    },
  };
}

describe('the simulated queue', () => queueContract(make));
