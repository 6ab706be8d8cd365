import type { AliasName } from './concurrency';
import { refused } from './scaling-error';

/**
 * Service namespaces in 2026. The fake supports only Lambda. As on AWS, an unknown namespace and a
 * known but unsupported namespace cause different errors.
 */
const NAMESPACES = [
  'ecs',
  'elasticmapreduce',
  'ec2',
  'appstream',
  'dynamodb',
  'rds',
  'sagemaker',
  'custom-resource',
  'comprehend',
  'lambda',
  'cassandra',
  'kafka',
  'elasticache',
  'neptune',
  'workspaces',
];
const NAMESPACE = 'lambda';
const DIMENSION = 'lambda:function:ProvisionedConcurrency';
const DIMENSION_FORM = /^[a-z0-9-]+:[A-Za-z-]+:[A-Za-z]+$/;
const RESOURCE = /^function:([A-Za-z0-9_-]+):([A-Za-z0-9_-]+)$/;
const LONGEST_RESOURCE = 1_600;
const MAX_RESULTS = 50;

/** A scalable target in a request. */
export interface TargetName extends AliasName {
  readonly resourceId: string;
}

/** Reads the JSON of a request, with the checks of the service. */
export class Input {
  private readonly violations: string[] = [];

  public constructor(private readonly values: Readonly<Record<string, unknown>>) {}

  /** A required string. */
  public name(member: string, longest = 256): string {
    const value = this.text(member, longest);
    if (value === undefined) this.violate(member, value, 'Member must not be null');
    return value ?? '';
  }

  public text(member: string, longest = LONGEST_RESOURCE): string | undefined {
    const value = this.values[member] ?? undefined;
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value === '' || value.length > longest) {
      this.violate(member, value, `Member must have length between 1 and ${longest}`);
      return undefined;
    }
    return value;
  }

  public oneOf(member: string, allowed: readonly string[]): string | undefined {
    const value = this.text(member);
    if (value === undefined || allowed.includes(value)) return value;
    return this.violate(member, value, `Member must satisfy enum value set: [${allowed.join(', ')}]`);
  }

  public integer(member: string, min: number, max = Number.MAX_SAFE_INTEGER): number | undefined {
    const value = this.values[member] ?? undefined;
    if (value === undefined) return undefined;
    if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
    return this.violate(member, value, `Member must be a whole number from ${min} to ${max}`);
  }

  public list(member: string): string[] | undefined {
    const value = this.values[member] ?? undefined;
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
    return this.violate(member, value, 'Member must be a list of strings');
  }

  public object(member: string): Input | undefined {
    const value = this.values[member] ?? undefined;
    if (value === undefined) return undefined;
    if (typeof value === 'object' && !Array.isArray(value)) return new Input(value as Record<string, unknown>);
    return this.violate(member, value, 'Member must be a structure');
  }

  public number(member: string): number | undefined {
    const value = this.values[member] ?? undefined;
    if (value === undefined || (typeof value === 'number' && Number.isFinite(value)))
      return value as number | undefined;
    return this.violate(member, value, 'Member must be a number');
  }

  public boolean(member: string): boolean | undefined {
    const value = this.values[member] ?? undefined;
    if (value === undefined || typeof value === 'boolean') return value;
    return this.violate(member, value, 'Member must be true or false');
  }

  /** Converts seconds since 1970 to milliseconds. */
  public time(member: string): number | undefined {
    const seconds = this.number(member);
    return seconds === undefined ? undefined : seconds * 1000;
  }

  /** The value, unchecked. */
  public raw(member: string): unknown {
    return this.values[member] ?? undefined;
  }

  /**
   * Returns the target of the request.
   * @throws ScalingError if it isn't a Lambda alias
   */
  public target(): TargetName {
    const namespace = this.name('ServiceNamespace');
    const resourceId = this.name('ResourceId', LONGEST_RESOURCE);
    const dimension = this.name('ScalableDimension');
    this.namespace(namespace);
    this.done();
    const [, functionName, aliasName] = RESOURCE.exec(resourceId) ?? [];
    if (namespace !== NAMESPACE || dimension !== DIMENSION || functionName === undefined) throw unsupported();
    return { resourceId, functionName, aliasName: aliasName! };
  }

  /**
   * Returns the filter of a describe request: all targets of Lambda, or those with some resource
   * IDs.
   * @throws ScalingError for another service or dimension
   */
  public filter(): { readonly resourceIds?: readonly string[]; readonly from: number; readonly max: number } {
    const namespace = this.name('ServiceNamespace');
    this.namespace(namespace);
    const dimension = this.text('ScalableDimension');
    if (dimension !== undefined && !DIMENSION_FORM.test(dimension)) {
      this.violate('ScalableDimension', dimension, 'Member must satisfy enum value set');
    }
    const one = this.text('ResourceId');
    const resourceIds = this.list('ResourceIds') ?? (one === undefined ? undefined : [one]);
    const max = this.integer('MaxResults', 1, MAX_RESULTS) ?? MAX_RESULTS;
    const token = this.text('NextToken');
    if (token !== undefined && !/^\d+$/.test(token))
      this.violate('NextToken', token, 'Member must be a token of this service');
    this.done();
    if (dimension !== undefined && resourceIds === undefined) {
      throw refused('If you specify a scalable dimension, you must also specify a resource ID');
    }
    if (namespace !== NAMESPACE || (dimension !== undefined && dimension !== DIMENSION)) throw unsupported();
    return { resourceIds, from: Number(token ?? 0), max };
  }

  /** @throws ScalingError with all invalid members */
  public done(): void {
    const count = this.violations.length;
    if (count === 0) return;
    throw refused(`${count} validation error${count === 1 ? '' : 's'} detected: ${this.violations.join('; ')}`);
  }

  private namespace(namespace: string): void {
    if (namespace === '' || NAMESPACES.includes(namespace)) return;
    this.violate('ServiceNamespace', namespace, `Member must satisfy enum value set: [${NAMESPACES.join(', ')}]`);
  }

  private violate(member: string, value: unknown, constraint: string): undefined {
    const path = `${member[0]!.toLowerCase()}${member.slice(1)}`;
    const shown = value === undefined ? 'null' : `'${String(value)}'`;
    this.violations.push(`Value ${shown} at '${path}' failed to satisfy constraint: ${constraint}`);
    return undefined;
  }
}

function unsupported(): Error {
  return refused('Unsupported service namespace, resource type or scalable dimension');
}
