import { type Mutation, mutated } from './mutated';
import * as code from './relay-exports';

/** The code of the relay and of the tick. */
export type RelayCode = typeof code;

/** The code as it is deployed. */
export const RELAY_CODE: RelayCode = code;

/** The code with a change. */
export function mutatedRelay(mutation: Mutation): Promise<RelayCode> {
  return mutated<RelayCode>('test/simulation/relay-exports.ts', mutation);
}
