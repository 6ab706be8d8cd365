import { invalid } from './attributes';
import type { IndexSchema, MemoryTable } from './memory-table';
import { type Placeholders, Tokens } from './tokens';

/**
 * Checks that a key condition has only key attributes, and compares each partition key attribute
 * with `=`.
 * @throws DynamoDbError if it doesn't
 */
export function keyConditionNames(
  expression: string,
  table: MemoryTable,
  index: IndexSchema | undefined,
  placeholders: Placeholders,
): void {
  const partitionKeys = index?.partitionKeys ?? [table.schema.partitionKey];
  const sortKeys = index === undefined ? table.keyNames.slice(1) : (index.sortKeys ?? []);
  const tokens = new Tokens(expression, placeholders);
  const equal = new Set<string>();
  while (!tokens.atEnd) {
    const token = tokens.next ?? '';
    if (/^(OR|NOT|IN|<>)$/i.test(token)) throw invalid(`Invalid operator used in KeyConditionExpression: ${token}`);
    const isPath = /^[#\w]/.test(token) && !/^(AND|BETWEEN)$/i.test(token) && !tokens.isCall;
    if (!isPath) {
      tokens.take();
      continue;
    }
    const name = String(tokens.path()[0]);
    if (!partitionKeys.includes(name) && !sortKeys.includes(name)) throw invalid('Query key condition not supported');
    if (tokens.next === '=') equal.add(name);
  }
  const missing = partitionKeys.find((name) => !equal.has(name));
  if (missing !== undefined) throw invalid(`Query condition missed key schema element: ${missing}`);
}
