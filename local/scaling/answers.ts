import type { Input } from './input';
import { ScalingError } from './scaling-error';

/** Answer of an operation: JSON with times in seconds. */
export type Answer = Readonly<Record<string, unknown>>;

export const NAMESPACE = 'lambda';
export const DIMENSION = 'lambda:function:ProvisionedConcurrency';

/** Region and account of all targets. */
export interface Place {
  readonly region: string;
  readonly account: string;
}

/** Members that every described object has. */
export function head(resourceId: string): Answer {
  return { ServiceNamespace: NAMESPACE, ResourceId: resourceId, ScalableDimension: DIMENSION };
}

export function arnOf({ region, account }: Place, service: string, resource: string): string {
  return `arn:aws:${service}:${region}:${account}:${resource}`;
}

/** The requested page of a list, under its name, and the token of the next page. */
export function page<T extends { readonly resourceId: string }>(
  input: Input,
  name: string,
  all: Iterable<T>,
  show: (one: T) => Answer,
): Answer {
  const { resourceIds, from, max } = input.filter();
  const found = [...all].filter(({ resourceId }) => resourceIds?.includes(resourceId) ?? true);
  const until = from + max;
  return {
    [name]: found.slice(from, until).map((one) => ({ ...head(one.resourceId), ...show(one) })),
    ...(until < found.length ? { NextToken: String(until) } : {}),
  };
}

export function notFound(what: string, resourceId: string, more = ''): ScalingError {
  const where = `service namespace: ${NAMESPACE}, resource ID: ${resourceId}, scalable dimension: ${DIMENSION}`;
  return new ScalingError('ObjectNotFoundException', `${what} for ${where}${more}`);
}
