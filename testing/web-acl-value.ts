import type { Json, JsonObject } from './cloud-api';
import type { EdgeRequest } from './model';
import { list, object } from './web-acl-json';

const TRANSFORMATIONS: Record<string, (text: string) => string> = {
  NONE: (text) => text,
  LOWERCASE: (text) => text.toLowerCase(),
  URL_DECODE: (text) => {
    try {
      return decodeURIComponent(text.replace(/\+/g, ' '));
    } catch {
      return text;
    }
  },
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

/** Whether a text transformation is simulated. */
export function knowsTransformation(type: string): boolean {
  return Object.hasOwn(TRANSFORMATIONS, type);
}

/**
 * The parts of a request that a statement looks at, apart from its body.
 * @throws Error for a field that isn't simulated
 */
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
      throw new Error(`the web ACL field ${field} is not simulated`);
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

/** A value as the statement's transformations make it, in their order. */
export function transform(text: string, transformations: readonly Json[]): string {
  return [...transformations]
    .map(object)
    .sort((a, b) => Number(a['Priority']) - Number(b['Priority']))
    .reduce((value, { Type: type }) => TRANSFORMATIONS[String(type)]!(value), text);
}
