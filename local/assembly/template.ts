/** A value in a template. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };
export type ValueMap = { readonly [name: string]: Value };

export interface Resource {
  readonly Type: string;
  readonly Properties?: ValueMap;
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
  readonly Metadata?: ValueMap;
  readonly [attribute: string]: Value | undefined;
}

/** The parts of a CloudFormation template that the code reads. */
export interface Template {
  readonly Resources: { readonly [logicalId: string]: Resource };
  readonly Parameters?: ValueMap;
  readonly Conditions?: ValueMap;
  readonly Mappings?: ValueMap;
  readonly Outputs?: ValueMap;
  readonly Rules?: ValueMap;
}

/** A change that was made for the local AWS emulator, for people to read. */
export interface Change {
  readonly logicalId: string;
  /**
   * Path in the construct tree.
   * @default - the change isn't about a construct
   */
  readonly path?: string;
  readonly type: string;
  readonly what: string;
}

export function isMap(value: Value | undefined): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** Path in the construct tree if the template states it, else the logical id. */
export function pathOf(logicalId: string, resource: Resource): string {
  const path = resource.Metadata?.['aws:cdk:path'];
  return typeof path === 'string' ? path.replace(/\/Resource$/, '') : logicalId;
}
