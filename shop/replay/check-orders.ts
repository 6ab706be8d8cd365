import { readFileSync, statSync } from 'node:fs';
import { LocalError } from '../../local/local-error';
import { readSales } from './read-sales';

/**
 * Looks at an orders file before anything is started for it.
 * @throws LocalError in one line, that says which record and field is in the way, if there is nothing in it to replay
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
