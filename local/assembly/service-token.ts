import { isList, isMap, type Resource, type Value } from './template';

/** Number of parts of a function's short ARN: `arn:aws:lambda:us-east-1:123456789012:Name`. */
const PARTS_OF_A_SHORT_ARN = 6;

/**
 * Completes a custom resource's `ServiceToken` that leaves out the word `function`, as in
 * `arn:aws:lambda:us-east-1:123456789012:Name`. The emulator finds a function only by its whole
 * ARN.
 */
export function completeServiceToken(resource: Resource, note: (what: string) => void): Resource {
  const token = resource.Properties?.['ServiceToken'];
  const complete = token === undefined ? undefined : completed(token);
  if (complete === undefined) return resource;
  note('the ARN of its function is completed, because the emulator does not support the short form');
  return { ...resource, Properties: { ...resource.Properties, ServiceToken: complete } };
}

/**
 * The whole ARN for a short ARN, which is a text or an `Fn::Join`. Undefined if the ARN isn't
 * short.
 */
function completed(token: Value): Value | undefined {
  const join = isMap(token) ? token['Fn::Join'] : undefined;
  const parts = isList(join) && isList(join[1]) ? join[1] : [token];
  const last = parts.at(-1);
  const text = parts.map((part) => (typeof part === 'string' ? part : '-')).join('');
  const isShort = /^arn:[^:]+:lambda:/.test(text) && text.split(':').length === PARTS_OF_A_SHORT_ARN;
  if (!isShort || typeof last !== 'string') return undefined;
  const whole = last.replace(/[^:]+$/, (name) => `function:${name}`);
  return isList(join) ? { 'Fn::Join': [join[0]!, [...parts.slice(0, -1), whole]] } : whole;
}
