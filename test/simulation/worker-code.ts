import { type Mutation, mutated } from './mutated';
import * as code from './worker-exports';

/** The code that a history runs. */
export type WorkerCode = typeof code;

/** The code as it is deployed. */
export const WORKER_CODE: WorkerCode = code;

/** The code with a change. */
export function mutatedWorker(mutation: Mutation): Promise<WorkerCode> {
  return mutated<WorkerCode>('test/simulation/worker-exports.ts', mutation);
}
