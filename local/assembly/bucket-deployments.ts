import { referencesIn, referencesOf } from './references';
import { replaceGetAtt } from './replace';
import {
  type Change,
  isList,
  isMap,
  pathOf,
  type Resource,
  type Template,
  type Value,
  type ValueMap,
} from './template';

const BUCKET_DEPLOYMENT = 'Custom::CDKBucketDeployment';
/**
 * Prefix of additional outputs with values for uploads. The app's own outputs don't have this
 * prefix.
 */
export const UPLOAD_OUTPUT = 'BreakwaterUpload';

/** A known value, or the name of the stack's output that contains it. */
export type UploadValue = { readonly value: string } | { readonly output: string };

/** An archive in a bucket, from which an upload takes files. */
export interface UploadSource {
  readonly bucket: UploadValue;
  readonly key: UploadValue;
  /** Texts in the files that are replaced by values of the deployed stack. */
  readonly markers: readonly { readonly text: string; readonly value: UploadValue }[];
  /** Whether the values are inserted into JSON strings. */
  readonly escapeJson: boolean;
}

/** The work of a `BucketDeployment`: files to write after the stack is deployed. */
export interface BucketUpload {
  readonly path: string;
  readonly bucket: UploadValue;
  /** Prefix of the written keys: '' or a text that ends with a slash. */
  readonly prefix: string;
  readonly sources: readonly UploadSource[];
  /** Whether files below the prefix that are in no source are deleted. */
  readonly prune: boolean;
  /** Whether archives are unpacked. Otherwise they are copied unchanged. */
  readonly extract: boolean;
  /** Headers of every file, such as `cache-control`. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Glob patterns of files to leave out, and of files to write although an earlier pattern leaves
   * them out.
   */
  readonly exclude: readonly string[];
  readonly include: readonly string[];
}

/** A template without its bucket deployments, and the uploads that replace them. */
export interface WithoutBucketDeployments {
  readonly template: Template;
  readonly uploads: readonly BucketUpload[];
  readonly substituted: readonly Change[];
}

/**
 * Removes the bucket deployments and their function from a template. That function needs the AWS
 * CLI, which the local AWS emulator lacks, so the deployer writes the files instead. If only the
 * deployed stack knows a value, an output for it is added to the template.
 */
export function replaceBucketDeployments(template: Template): WithoutBucketDeployments {
  const found = Object.entries(template.Resources).filter(([, { Type: type }]) => type === BUCKET_DEPLOYMENT);
  if (found.length === 0) return { template, uploads: [], substituted: [] };
  const outputs: Record<string, Value> = {};
  const uploads = found.map(([logicalId, resource]) => uploadOf(logicalId, resource, outputs));
  const substituted = found.map(
    ([logicalId, resource]): Change => ({
      logicalId,
      path: pathOf(logicalId, resource),
      type: resource.Type,
      what: 'its files are uploaded from here, because its function needs the AWS CLI',
    }),
  );

  const removed = new Set(found.map(([logicalId]) => logicalId));
  const remaining = removeResources(template, removed);
  const properties = new Map(found.map(([logicalId, { Properties }]) => [logicalId, Properties]));
  const resolved = replaceGetAtt(remaining as unknown as ValueMap, (key) => {
    const [logicalId = '', attribute = ''] = key.split('.');
    return properties.get(logicalId)?.[attribute];
  }) as unknown as Template;
  const result = withoutHelpers(resolved, found);
  return { template: { ...result, Outputs: { ...result.Outputs, ...outputs } }, uploads, substituted };
}

function uploadOf(
  logicalId: string,
  { Properties = {}, ...rest }: Resource,
  outputs: Record<string, Value>,
): BucketUpload {
  let count = 0;
  const known = (value: Value | undefined): UploadValue => {
    if (typeof value === 'string') return { value };
    const output = `${UPLOAD_OUTPUT}${logicalId}${count++}`;
    outputs[output] = { Value: value ?? '' };
    return { output };
  };
  const list = (name: string): readonly Value[] => {
    const value = Properties[name];
    return isList(value) ? value : [];
  };
  const prefix = textOf(Properties['DestinationBucketKeyPrefix']).replace(/^\/+|\/+$/g, '');
  const sources = list('SourceObjectKeys').map((key, i): UploadSource => {
    const markers = list('SourceMarkers')[i];
    const config = list('SourceMarkersConfig')[i];
    return {
      bucket: known(list('SourceBucketNames')[i]),
      key: known(key),
      markers: Object.entries(isMap(markers) ? markers : {}).map(([text, value]) => ({ text, value: known(value) })),
      escapeJson: isMap(config) && isYes(config['jsonEscape'], false),
    };
  });
  return {
    path: pathOf(logicalId, { ...rest, Properties } as Resource),
    bucket: known(Properties['DestinationBucketName']),
    prefix: prefix === '' ? '' : `${prefix}/`,
    sources,
    prune: isYes(Properties['Prune'], true),
    extract: isYes(Properties['Extract'], true),
    headers: headersOf(Properties),
    exclude: list('Exclude').map(String),
    include: list('Include').map(String),
  };
}

function headersOf(properties: ValueMap): Record<string, string> {
  const { SystemMetadata: system, UserMetadata: user } = properties;
  const own = Object.entries(isMap(system) ? system : {});
  const meta = Object.entries(isMap(user) ? user : {}).map(([name, value]): [string, Value] => [
    `x-amz-meta-${name}`,
    value,
  ]);
  return Object.fromEntries([...own, ...meta].map(([name, value]) => [name.toLowerCase(), textOf(value)]));
}

function isYes(value: Value | undefined, byDefault: boolean): boolean {
  return value === undefined ? byDefault : String(value) === 'true';
}

function textOf(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** Removes the functions that ran the deployments, and their layers, if nothing else uses them. */
function withoutHelpers(template: Template, deployments: readonly (readonly [string, Resource])[]): Template {
  const functions = namesIn(deployments.map(([, { Properties }]) => Properties?.['ServiceToken'] ?? ''));
  const unused = [...functions].filter((name) => !isUsed(template, name));
  const layers = namesIn(unused.map((name) => template.Resources[name]?.Properties?.['Layers'] ?? ''));
  const without = removeResources(template, new Set(unused));
  return removeResources(without, new Set([...layers].filter((name) => !isUsed(without, name))));
}

function namesIn(values: readonly Value[]): Set<string> {
  return new Set(referencesIn(values).map(({ name }) => name));
}

function isUsed(template: Template, name: string): boolean {
  return Object.entries(template.Resources).some(([logicalId, resource]) =>
    referencesOf(logicalId, resource).some((reference) => reference.name === name && reference.how !== 'DependsOn'),
  );
}

/** A template without some resources and without `DependsOn` of them. */
function removeResources(template: Template, removed: ReadonlySet<string>): Template {
  const kept = Object.entries(template.Resources).filter(([logicalId]) => !removed.has(logicalId));
  const resources = kept.map(([logicalId, resource]): [string, Resource] => {
    const { DependsOn: after, ...rest } = resource;
    if (after === undefined) return [logicalId, resource];
    const remaining = [after].flat().filter((name) => !removed.has(name));
    const changed: Resource = { ...rest, Type: resource.Type };
    return [logicalId, remaining.length === 0 ? changed : { ...changed, DependsOn: remaining }];
  });
  return { ...template, Resources: Object.fromEntries(resources) };
}
