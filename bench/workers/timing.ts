import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { lowerQuartile } from '../measure';
import type { Candidate, HandlerProcess, Sample } from './candidates';
import { BATCH, eventsOf, putOrders } from './orders';

/** Microseconds of a batch of ten messages. */
export interface BatchTime {
  readonly wall: number;
  readonly cpu: number;
}

export interface Contender {
  readonly name: Candidate;
  readonly process: HandlerProcess;
  readonly client: DynamoDBClient;
}

export interface Rounds {
  readonly rounds: number;
  /** Rounds before the measured ones. */
  readonly warm: number;
  /** Batches in one round of a candidate. */
  readonly batches: number;
}

/** Measures all candidates in turn, in many short rounds. Each message is about a new order. */
export async function timesOf(
  contenders: readonly Contender[],
  { rounds, warm, batches }: Rounds,
): Promise<Map<Candidate, BatchTime>> {
  const samples = new Map<Candidate, Sample[]>(contenders.map(({ name }) => [name, []]));
  for (let turn = -warm; turn < rounds; turn++) {
    const from = (turn + warm) * batches * BATCH;
    for (const { name, process, client } of contenders) {
      await putOrders(client, from, batches * BATCH);
      const sample = await process.run({ events: eventsOf(from, batches) });
      if (sample.failed > 0) throw new Error(`${name} must do all messages, got ${sample.failed} failed`);
      if (turn >= 0) samples.get(name)!.push(sample);
    }
  }
  const of = (name: Candidate, kind: 'wall' | 'cpu') =>
    lowerQuartile(samples.get(name)!.map((sample) => sample[kind] / batches));
  return new Map(contenders.map(({ name }) => [name, { wall: of(name, 'wall'), cpu: of(name, 'cpu') }]));
}
