import type { Json, JsonObject } from './cloud-api';
import type { EdgeRequest } from './model';
import { list, object } from './web-acl-json';

const TRANSFORMATIONS: Record<string, (text: string) => string> = {
  NONE: (text) => text,
  LOWERCASE: (text) => text.toLowerCase(),
  // Decodes byte by byte. So invalid escapes remain unchanged, and all others are decoded.
  URL_DECODE: (text) =>
    text
      .replace(/\+/g, ' ')
      .replace(/%([0-9a-f]{2})/gi, (_whole, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
  COMPRESS_WHITE_SPACE: (text) => text.replace(/\s+/g, ' '),
  NORMALIZE_PATH: (text) => {
    const kept: string[] = [];
    for (const part of text.split('/')) {
      if (part === '..') kept.pop();
      else if (part !== '.' && (part !== '' || kept.length === 0)) kept.push(part);
    }
    return kept.join('/') || '/';
  },
};

/** The values of a request that a statement inspects, except for the body. */
export function fieldValues(field: string, detail: JsonObject, request: EdgeRequest): string[] {
  const query = new URLSearchParams(request.query);
  switch (field) {
    case 'Method':
      return [request.method];
    case 'UriPath':
      return [request.path];
    case 'QueryString':
      return [request.query];
    case 'SingleHeader': {
      const header = request.headers[String(detail['Name']).toLowerCase()];
      return header === undefined ? [] : [header];
    }
    case 'SingleQueryArgument':
      return [...query]
        .filter(([name]) => name.toLowerCase() === String(detail['Name']).toLowerCase())
        .map(([, v]) => v);
    case 'AllQueryArguments':
      return [...query].flat();
    case 'Headers':
      return headerValues(detail, request);
    default:
      throw new Error(`the simulator does not model the web ACL field ${field}`);
  }
}

function headerValues(detail: JsonObject, request: EdgeRequest): string[] {
  const pattern = object(detail['MatchPattern']);
  const named = (names: Json | undefined): string[] => list(names).map((name) => String(name).toLowerCase());
  const chosen = Object.entries(request.headers).filter(([name]) =>
    'IncludedHeaders' in pattern
      ? named(pattern['IncludedHeaders']).includes(name)
      : !('ExcludedHeaders' in pattern) || !named(pattern['ExcludedHeaders']).includes(name),
  );
  return chosen.flatMap(([name, value]) =>
    detail['MatchScope'] === 'KEY' ? [name] : detail['MatchScope'] === 'VALUE' ? [value] : [name, value],
  );
}

/** Applies a statement's transformations to a value, in the order of their priorities. */
export function transform(text: string, transformations: readonly Json[]): string {
  return [...transformations]
    .map(object)
    .sort((a, b) => Number(a['Priority']) - Number(b['Priority']))
    .reduce((value, { Type: type }) => TRANSFORMATIONS[String(type)]?.(value) ?? value, text);
}
