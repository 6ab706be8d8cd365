import type { DeliveryDependencies } from '../../lambdas/system/relay/delivery';
import { readOutboxes } from '../../lambdas/system/relay/read-outboxes';
import { type RelayDependencies, relay } from '../../lambdas/system/relay/relay';
import { OUTBOX_ATTRIBUTE, type OutboxMessage, type QuarantineEntry, type StreamEntry } from '../../lib/protocol';
import type { Change, MemoryTable } from '../dynamodb/memory-table';

/** Milliseconds that the relay has for a batch. The services in memory need much less. */
const TIME_MS = 60_000;

type Records = Parameters<typeof relay>[0]['Records'];

/** The relay's dependencies. */
export interface RelayProps {
  /** Returns the targets of a DynamoDB table. */
  readonly entryOf: (table: string) => StreamEntry | undefined;
  readonly send: DeliveryDependencies['send'];
  /** Takes a message that can't be sent. */
  readonly quarantine: (entry: QuarantineEntry) => void;
}

/**
 * Returns the outbox messages that weren't sent yet. The messages of each table are in order,
 * oldest first.
 */
export function unsentMessages(tables: Iterable<MemoryTable>): OutboxMessage[] {
  const records = [...tables].flatMap((table) => table.newChanges.map((change) => recordOf(table.name, change)));
  return readOutboxes(records as Records).found.map(({ message }) => message);
}

/** Sends the messages in the outboxes of new writes. It uses the code of the deployed relay. */
export async function relayOutboxes(tables: Iterable<MemoryTable>, props: RelayProps): Promise<void> {
  const records = [...tables].flatMap((table) =>
    table
      .takeChanges()
      .filter(({ after }) => after?.[OUTBOX_ATTRIBUTE]?.['S'] !== undefined)
      .map((change) => recordOf(table.name, change)),
  );
  if (records.length === 0) return;
  const dependencies: RelayDependencies = {
    entryOf: async (table) => {
      const entry = props.entryOf(table);
      if (entry === undefined) throw new Error(`table ${table} has an outbox, but the stack has no publishTo for it`);
      return entry;
    },
    quarantine: { isBusy: async () => false, put: async (entry) => props.quarantine(entry) },
    send: props.send,
    remainingMs: () => TIME_MS,
    sleep: async () => undefined,
    random: Math.random,
    now: Date.now,
    broken: new Set(),
    log: () => undefined,
  };
  await relay({ Records: records as Records }, dependencies);
}

function recordOf(table: string, { before, after, sequenceNumber, time }: Change): object {
  return {
    eventSourceARN: `arn:aws:dynamodb:us-east-1:123456789012:table/${table}/stream/test`,
    dynamodb: {
      SequenceNumber: sequenceNumber,
      ApproximateCreationDateTime: Math.floor(time / 1000),
      ...(before === undefined ? {} : { OldImage: before }),
      ...(after === undefined ? {} : { NewImage: after }),
    },
  };
}
