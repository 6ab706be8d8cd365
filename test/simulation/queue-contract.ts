/** A message as a consumer receives it. */
export interface Received {
  readonly body: string;
  readonly receipt: string;
  readonly receives: number;
  /** Time of the first receive, in milliseconds. A worker gives messages up by it. */
  readonly firstReceivedAt: number;
}

/** A queue under contract. Its visibility timeout is `VISIBILITY_SECONDS`, and `MAX_RECEIVES` is its last receive. */
export interface ContractQueue {
  readonly send: (body: string, group?: string) => Promise<void>;
  readonly receive: (size: number) => Promise<readonly Received[]>;
  readonly delete: (receipt: string) => Promise<void>;
  readonly changeVisibility: (receipt: string, seconds: number) => Promise<void>;
  readonly pass: (seconds: number) => Promise<void>;
}

export const VISIBILITY_SECONDS = 2;
export const MAX_RECEIVES = 3;
/** More than the time until a message is visible again. */
const REDELIVERED = VISIBILITY_SECONDS + 0.3;

/**
 * What SQS does for workers, by AWS's documentation. The simulated histories rest on these rules. The simulated queue is held to
 * them in each unit test run, and the local AWS emulator in each end-to-end run. Whole histories aren't run on the emulator, because
 * hours of visibility and give-up times can't pass there, and because a crash at each call is a matter of the scheduler alone.
 */
export function queueContract(make: (fifo: boolean) => Promise<ContractQueue>): void {
  const bodies = (messages: readonly Received[]) => messages.map(({ body }) => body);

  test('a message is hidden after a receive, and is redelivered when its visibility timeout ends', async () => {
    const queue = await make(false);
    await queue.send('a');
    const [first] = await queue.receive(10);
    expect(first).toMatchObject({ body: 'a', receives: 1 });
    expect(await queue.receive(10)).toEqual([]);
    await queue.pass(REDELIVERED);
    const [second] = await queue.receive(10);
    expect(second).toMatchObject({ body: 'a', receives: 2 });
    expect(second!.receipt).not.toBe(first!.receipt);
    expect(second!.firstReceivedAt).toBe(first!.firstReceivedAt);
    expect(first!.firstReceivedAt).toBeGreaterThan(0);
  });

  test('a changed visibility counts from the change, and 0 redelivers at once', async () => {
    const queue = await make(false);
    await queue.send('a');
    const [first] = await queue.receive(10);
    await queue.changeVisibility(first!.receipt, 0);
    const [second] = await queue.receive(10);
    expect(second).toMatchObject({ body: 'a', receives: 2 });
    await queue.changeVisibility(second!.receipt, 2 * VISIBILITY_SECONDS);
    await queue.pass(REDELIVERED);
    expect(await queue.receive(10)).toEqual([]);
    await queue.pass(REDELIVERED);
    expect(bodies(await queue.receive(10))).toEqual(['a']);
  });

  test('a deleted message is gone, and the others of its batch are redelivered', async () => {
    const queue = await make(false);
    for (const body of ['a', 'b', 'c']) await queue.send(body);
    const batch = await queue.receive(10);
    expect(bodies(batch).sort()).toEqual(['a', 'b', 'c']);
    await queue.delete(batch.find(({ body }) => body === 'b')!.receipt);
    await queue.pass(REDELIVERED);
    expect(bodies(await queue.receive(10)).sort()).toEqual(['a', 'c']);
  });

  test('the receipt of an earlier delivery neither deletes a message nor changes its visibility', async () => {
    const queue = await make(false);
    await queue.send('a');
    const [first] = await queue.receive(10);
    await queue.changeVisibility(first!.receipt, 0);
    const [second] = await queue.receive(10);
    await queue.delete(first!.receipt).catch(() => undefined);
    await queue.changeVisibility(first!.receipt, 0).catch(() => undefined);
    expect(await queue.receive(10)).toEqual([]);
    await queue.pass(REDELIVERED);
    expect(bodies(await queue.receive(10))).toEqual(['a']);
    expect(second!.receives).toBe(2);
  });

  test('after the last receive a message is delivered no more', async () => {
    const queue = await make(false);
    await queue.send('a');
    for (let receives = 1; receives <= MAX_RECEIVES; receives++) {
      const [message] = await queue.receive(10);
      expect(message).toMatchObject({ body: 'a', receives });
      await queue.changeVisibility(message!.receipt, 0);
    }
    expect(await queue.receive(10)).toEqual([]);
  });

  test('a FIFO group waits behind its message in flight, and other groups do not', async () => {
    const queue = await make(true);
    await queue.send('a1', 'a');
    await queue.send('a2', 'a');
    await queue.send('b1', 'b');
    const [a1] = await queue.receive(1);
    expect(a1).toMatchObject({ body: 'a1', receives: 1 });
    expect(bodies(await queue.receive(10))).toEqual(['b1']);
    await queue.changeVisibility(a1!.receipt, 0);
    const [again] = await queue.receive(1);
    expect(again).toMatchObject({ body: 'a1', receives: 2 });
    await queue.delete(again!.receipt);
    expect(bodies(await queue.receive(10))).toEqual(['a2']);
  });

  test('a FIFO batch has the messages of a group in their order', async () => {
    const queue = await make(true);
    for (const body of ['a1', 'a2', 'a3']) await queue.send(body, 'a');
    const batch = await queue.receive(2);
    expect(bodies(batch)).toEqual(['a1', 'a2']);
    expect(await queue.receive(10)).toEqual([]);
    await queue.delete(batch[0]!.receipt);
    // The second one is still in flight.
    expect(await queue.receive(10)).toEqual([]);
    await queue.pass(REDELIVERED);
    expect(bodies(await queue.receive(10))).toEqual(['a2', 'a3']);
  });
}
