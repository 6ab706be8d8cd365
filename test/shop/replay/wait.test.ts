import type { QueueState } from '../../../local/queues';
import { waitUntilComplete } from '../../../shop/replay/wait';

/** Seconds after which a killed worker's message becomes visible: six times the default timeout of 30 s. */
const VISIBILITY_TIMEOUT_S = 180;

/** Waits with a clock of its own. @returns seconds that passed */
async function wait(at: (second: number) => { unfinished: string[]; queues: QueueState[] }): Promise<number> {
  let ms = 0;
  await waitUntilComplete({
    orders: async () => ({
      counts: `${at(ms / 1_000).unfinished.length} placed`,
      unfinished: at(ms / 1_000).unfinished,
    }),
    queues: async () => at(ms / 1_000).queues,
    progress: () => undefined,
    now: () => ms,
    sleep: async (pause) => {
      ms += pause;
    },
  });
  return ms / 1_000;
}

const inFlight = (seconds: number): QueueState => ({
  name: 'Shop/Mail/Queue',
  waiting: 0,
  inFlight: 1,
  visibleAt: seconds * 1_000,
});

describe('waiting for the workers', () => {
  test('a message of a killed worker is waited for until its visibility timeout, and then worked on', async () => {
    const took = await wait((second) =>
      second < VISIBILITY_TIMEOUT_S + 5
        ? { unfinished: ['1 (invoiced)'], queues: [inFlight(VISIBILITY_TIMEOUT_S)] }
        : { unfinished: [], queues: [] },
    );
    expect(took).toBe(VISIBILITY_TIMEOUT_S + 5);
  });

  test('ends with the orders and the queues that still hold messages', async () => {
    const dead: QueueState = { name: 'Shop/Mail/DeadLetters', waiting: 2, inFlight: 0 };
    await expect(wait(() => ({ unfinished: ['1 (invoiced)'], queues: [dead] }))).rejects.toThrow(
      /nothing changed for 60 s: 1 \(invoiced\); Shop\/Mail\/DeadLetters: 2 waiting$/,
    );
  });

  test('does not name empty queues', async () => {
    await expect(wait(() => ({ unfinished: ['1 (paid)'], queues: [] }))).rejects.toThrow(/no queue holds a message$/);
  });
});
