import { contentTypeOf } from '../../lambdas/system/site-uploader/file-headers';
import { unzip } from '../../lambdas/system/site-uploader/unzip';
import type { CloudApi } from '../../testing';
import { findAll, parseXml, text } from '../../testing/xml';
import type { BucketUpload, UploadSource, UploadValue } from '../assembly';
import { LocalError } from '../local-error';

/** Maximum number of concurrent requests. */
const PARALLEL = 8;
/** Headers that S3 stores with an object. */
const KEPT_HEADER = /^(content-(type|disposition|encoding|language)|cache-control|expires|x-amz-meta-.+)$/;

/** Outputs of the deployed stack, including those with values for uploads. */
export type Outputs = Readonly<Record<string, string>>;

/**
 * Performs a `BucketDeployment`: writes the files of its sources to the bucket. If `prune` is set,
 * it deletes all other files below the prefix.
 * @returns number of files written
 * @throws LocalError if an archive can't be read
 */
export async function uploadFiles(api: CloudApi, upload: BucketUpload, outputs: Outputs): Promise<number> {
  const bucket = known(upload.bucket, outputs);
  const files = new Map<string, Uint8Array>();
  for (const source of upload.sources) {
    for (const [name, content] of await filesOf(api, source, upload, outputs)) {
      if (isChosen(name, upload)) files.set(`${upload.prefix}${name}`, content);
    }
  }
  await each([...files], ([key, content]) => {
    const headers = Object.entries(upload.headers).filter(([name]) => KEPT_HEADER.test(name));
    return api.rest('s3', 'PUT', urlOf(bucket, key), content, {
      'content-type': contentTypeOf(key),
      ...Object.fromEntries(headers),
    });
  });
  if (upload.prune) {
    const there = await keysIn(api, bucket, upload.prefix);
    const old = there.filter((key) => !files.has(key) && isChosen(key.slice(upload.prefix.length), upload));
    await each(old, (key) => api.rest('s3', 'DELETE', urlOf(bucket, key)));
  }
  return files.size;
}

async function filesOf(
  api: CloudApi,
  source: UploadSource,
  { extract, path }: BucketUpload,
  outputs: Outputs,
): Promise<(readonly [string, Uint8Array])[]> {
  const key = known(source.key, outputs);
  const answer = await api.rest('s3', 'GET', urlOf(known(source.bucket, outputs), key));
  const archive = Buffer.from(await answer.arrayBuffer());
  if (!extract) return [[key.split('/').at(-1)!, archive]];
  try {
    return unzip(archive).map((entry) => [entry.name, withValues(entry.read(), source, outputs)]);
  } catch (error) {
    throw new LocalError(`a source of ${path} must be a zip archive, got ${key}: ${(error as Error).message}`);
  }
}

/** A file with its markers replaced by values of the deployed stack. */
function withValues(content: Buffer, { markers, escapeJson }: UploadSource, outputs: Outputs): Uint8Array {
  const present = markers.filter((marker) => content.includes(marker.text));
  if (present.length === 0) return content;
  const replaced = present.reduce((all, marker) => {
    const value = known(marker.value, outputs);
    return all.replaceAll(marker.text, () => (escapeJson ? JSON.stringify(value).slice(1, -1) : value));
  }, content.toString());
  return Buffer.from(replaced);
}

function known(value: UploadValue, outputs: Outputs): string {
  return 'value' in value ? value.value : (outputs[value.output] ?? '');
}

/** As in the AWS CLI, patterns of `include` take precedence over patterns of `exclude`. */
function isChosen(name: string, { exclude, include }: BucketUpload): boolean {
  const fits = (pattern: string): boolean => {
    const expression = pattern
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(`^${expression}$`).test(name);
  };
  return include.some(fits) || !exclude.some(fits);
}

async function keysIn(api: CloudApi, bucket: string, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  let token = '';
  do {
    const query = new URLSearchParams({ 'list-type': '2', prefix, ...(token && { 'continuation-token': token }) });
    const answer = parseXml(await (await api.rest('s3', 'GET', `/${bucket}?${query}`)).text());
    keys.push(...findAll(answer, 'Key').map((node) => node.text));
    token = text(answer, 'NextContinuationToken');
  } while (token !== '');
  return keys;
}

function urlOf(bucket: string, key: string): string {
  return `/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
}

async function each<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  const rest = [...all];
  const next = async (): Promise<void> => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: PARALLEL }, next));
}
