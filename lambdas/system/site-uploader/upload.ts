import { cacheControlOf, contentTypeOf } from './file-headers';
import { unzip } from './unzip';

/** Maximum number of concurrent uploads. A larger number would need more memory. */
const PARALLEL = 8;

/** A file for the bucket. */
export interface SiteFile {
  readonly key: string;
  readonly body: Buffer;
  readonly contentType: string;
  readonly cacheControl: string;
}

/** The S3 calls that the uploader needs. */
export interface SiteStore {
  readSource(): Promise<Buffer>;
  /** Keys of all objects in the site's bucket. */
  list(): Promise<string[]>;
  put(file: SiteFile): Promise<void>;
  remove(keys: string[]): Promise<void>;
}

/** Numbers of written and removed files. */
export interface UploadResult {
  readonly written: number;
  readonly removed: number;
}

/**
 * Uploads the archive's files and the files that are made during the deployment. Then it removes
 * all other files. Pages are uploaded last, so that the files to which they refer already exist.
 * @param files texts of files by name; they replace files of the archive
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
 * Reads the resource's property `Files`. It is a list of `{Name, Text}`, because names contain
 * dots.
 * @throws Error if the property has another form
 */
export function textsOf(value: unknown): Record<string, string> {
  if (!Array.isArray(value)) throw new Error(`property Files must be a list of {Name, Text}, got ${typeof value}`);
  return Object.fromEntries(
    value.map((file: { Name?: unknown; Text?: unknown } | null) => {
      if (typeof file?.Name !== 'string' || typeof file.Text !== 'string') {
        throw new Error(
          `each entry of the property Files must be {Name, Text} with two strings, got ${JSON.stringify(file)}`,
        );
      }
      return [file.Name, file.Text];
    }),
  );
}

/**
 * Handles a few items at a time. After a failure it starts no more items, waits for the running
 * ones, and throws the first error.
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
