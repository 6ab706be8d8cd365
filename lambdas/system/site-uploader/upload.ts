import { cacheControlOf, contentTypeOf } from './file-headers';
import { unzip } from './unzip';

/** Concurrent uploads: enough to hide latency, few enough for the memory. */
const PARALLEL = 8;

/** A file for the bucket. */
export interface SiteFile {
  readonly key: string;
  readonly body: Buffer;
  readonly contentType: string;
  readonly cacheControl: string;
}

/** S3 as the uploader uses it. */
export interface SiteStore {
  readSource(): Promise<Buffer>;
  /** Keys of everything in the site's bucket. */
  list(): Promise<string[]>;
  put(file: SiteFile): Promise<void>;
  remove(keys: string[]): Promise<void>;
}

/** Numbers of files that an upload wrote and removed. */
export interface UploadResult {
  readonly written: number;
  readonly removed: number;
}

/**
 * Uploads the archive's files and some that are made during the deployment, then removes all other
 * files. Pages are uploaded last, so that the files that they refer to exist before.
 * @param files texts by name; they replace the archive's files of the same names
 */
export async function uploadSite(store: SiteStore, files: Record<string, string>): Promise<UploadResult> {
  const made = Object.entries(files).map(([name, text]) => ({ name, read: () => Buffer.from(text, 'utf8') }));
  const packed = unzip(await store.readSource()).filter(({ name }) => !Object.hasOwn(files, name));
  const all = [...packed, ...made];
  const isPage = (name: string) => /\.html?$/.test(name);
  for (const turn of [all.filter(({ name }) => !isPage(name)), all.filter(({ name }) => isPage(name))]) {
    await inParallel(turn, async ({ name, read }) =>
      store.put({ key: name, body: read(), contentType: contentTypeOf(name), cacheControl: cacheControlOf(name) }),
    );
  }
  const wanted = new Set(all.map(({ name }) => name));
  const gone = (await store.list()).filter((key) => !wanted.has(key));
  if (gone.length > 0) await store.remove(gone);
  return { written: all.length, removed: gone.length };
}

/**
 * The texts of a resource's property `Files`, by name. It is a list of `{Name, Text}`, because
 * names have dots.
 * @throws Error if it isn't
 */
export function textsOf(value: unknown): Record<string, string> {
  if (!Array.isArray(value)) throw new Error(`property Files must be a list of {Name, Text}, got ${typeof value}`);
  return Object.fromEntries(
    value.map((file: { Name?: unknown; Text?: unknown } | null) => {
      if (typeof file?.Name !== 'string' || typeof file.Text !== 'string') {
        throw new Error(`property Files must hold {Name, Text} of texts, got ${JSON.stringify(file)}`);
      }
      return [file.Name, file.Text];
    }),
  );
}

/**
 * Works on a few items at a time. After a failure it starts no more, waits for started ones, and
 * throws the first error.
 */
async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const errors: unknown[] = [];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined && errors.length === 0; item = queue.shift()) {
      try {
        await work(item);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  if (errors.length > 0) throw errors[0];
}
