import { refusal } from './refuse';

const MAX_SHOWN_NAME = 80;

/**
 * Reads the query string.
 * @param declared check of each declared parameter's value, by name
 * @throws HttpError 400
 */
export function readQuery(
  raw: string,
  declared: ReadonlyMap<string, (value: string) => boolean>,
): Record<string, string> {
  const query: Record<string, string> = {};
  if (raw === '') return query;
  for (const [name, value] of new URLSearchParams(raw)) {
    const fits = declared.get(name);
    if (fits === undefined) {
      const known = [...declared.keys()].join(', ') || 'none';
      throw refusal(
        'unknown_query',
        `query parameter '${name.slice(0, MAX_SHOWN_NAME)}' is not known here; known: ${known}`,
      );
    }
    if (Object.hasOwn(query, name)) throw refusal('repeated_query', `query parameter '${name}' occurs twice`);
    if (!fits(value)) throw refusal('invalid_query', `query parameter '${name}' does not have the declared form`);
    query[name] = value;
  }
  return query;
}
