import { shownName } from '../../runtime/field-names';

/** Maximum fields of a shape. */
const MAX_FIELDS = 20;
const MAX_DEPTH = 3;

/**
 * The fields of a message's body with their types and lengths, but without their values:
 * `orderId: string of 36`. A name that may be a value is shown as `*`.
 * @param content JSON of an envelope, or any text
 */
export function shapeOf(content: string): string[] {
  let envelope: unknown;
  try {
    envelope = JSON.parse(content);
  } catch {
    return [`text of ${content.length} characters`];
  }
  const body = isObject(envelope) && 'body' in envelope ? envelope['body'] : envelope;
  const fields = [...new Set(fieldsOf(body, '', MAX_DEPTH))];
  const rest = fields.length - MAX_FIELDS;
  return rest > 0 ? [...fields.slice(0, MAX_FIELDS), `and ${rest} more`] : fields;
}

function fieldsOf(value: unknown, path: string, depth: number): string[] {
  if (isObject(value) && depth > 0 && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, one]) => {
      const name = shownName(key, value);
      return fieldsOf(one, path === '' ? name : `${path}.${name}`, depth - 1);
    });
  }
  return [path === '' ? typeOf(value) : `${path}: ${typeOf(value)}`];
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return `string of ${value.length}`;
  if (Array.isArray(value)) return `array of ${value.length}`;
  return isObject(value) ? `object of ${Object.keys(value).length}` : typeof value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
