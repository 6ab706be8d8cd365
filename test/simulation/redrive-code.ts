import { type Mutation, mutated } from './mutated';
import * as code from './redrive-exports';

/** The code that a history runs. */
export type RedriveCode = typeof code;

/** The code as it is deployed. */
export const REDRIVE_CODE: RedriveCode = code;

/** The code with a change. */
export function mutatedRedrive(mutation: Mutation): Promise<RedriveCode> {
  return mutated<RedriveCode>('test/simulation/redrive-exports.ts', mutation);
}
