import { readFileSync, statSync } from 'node:fs';
import { LocalError } from '../../local/local-error';
import { readSales } from './read-sales';

/**
 * Checks an orders file before the run starts.
 * @throws LocalError that names record and field if the file can't be replayed
 */
export function checkOrders(file: string): void {
  try {
    readSales(textOf(file));
  } catch (error) {
    if (!(error instanceof LocalError)) throw error;
    throw new LocalError(`orders file '${file}': ${error.message}`);
  }
}

function textOf(file: string): string {
  try {
    if (!statSync(file).isFile()) throw new LocalError('it must be a file');
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof LocalError) throw error;
    throw new LocalError(`it must be readable: ${(error as Error).message}`);
  }
}
