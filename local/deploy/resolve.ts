import { isList, isMap, type Value } from '../assembly';
import type { LocalResource } from '../running-app';

/** Attributes that can be computed from a physical ID. */
const ATTRIBUTES: Readonly<Record<string, (physicalId: string) => string>> = {
  // The physical id of a queue is its URL.
  'AWS::SQS::Queue.QueueName': (url) => url.split('/').at(-1) ?? url,
};

/** The deployed values to which references are resolved. */
export interface ResolveProps {
  readonly resources: readonly LocalResource[];
  /** Pseudo parameters such as `AWS::Region`. */
  readonly pseudo: Readonly<Record<string, string>>;
}

/**
 * Replaces references in a template's value by deployed values: `Ref`, `Fn::Join`, and some
 * `Fn::GetAtt`. Other functions remain unchanged.
 */
export function resolveValue(value: Value, props: ResolveProps): Value {
  if (isList(value)) return value.map((one) => resolveValue(one, props));
  if (!isMap(value)) return value;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value;
  if (typeof ref === 'string') return props.pseudo[ref] ?? find(ref, props)?.physicalId ?? value;
  if (isList(attribute)) {
    const [logicalId, name] = attribute;
    const resource = find(String(logicalId), props);
    const read = ATTRIBUTES[`${resource?.type}.${String(name)}`];
    return resource === undefined || read === undefined ? value : read(resource.physicalId);
  }
  if (isList(join) && isList(join[1])) {
    const parts = join[1].map((part) => resolveValue(part, props));
    return parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(String(join[0]));
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, resolveValue(inner, props)]));
}

function find(logicalId: string, { resources }: ResolveProps): LocalResource | undefined {
  return resources.find((resource) => resource.logicalId === logicalId);
}
