import { cacheControlOf, contentTypeOf } from './file-headers';
import { unzip } from './unzip';

/** Uploads at a time: enough to hide the waiting, few enough for the memory. */
const PARALLEL = 8;

/** A file on its way into the bucket. */
export interface SiteFile {
  readonly key: string;
  readonly body: Buffer;
  readonly contentType: string;
  readonly cacheControl: string;
}

/** What the uploader needs of S3. */
export interface SiteStore {
  readSource(): Promise<Buffer>;
  /** Keys of everything in the site's bucket. */
  list(): Promise<string[]>;
  put(file: SiteFile): Promise<void>;
  remove(keys: string[]): Promise<void>;
}

/** What an upload did. */
export interface UploadResult {
  readonly written: number;
  readonly removed: number;
}

/**
 * Makes the bucket hold the archive's files and some made at deployment, and nothing else. Pages go last, so that none is there before
 * what it refers to, and old files only when all new ones are there.
 * @param files texts by name; they win over the archive's
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
 * The texts that a resource's property `Files` states, by name: a list of `{Name, Text}`, since names have dots.
 * @throws Error that says what is wrong with it
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

/** Works on a few items at a time. After a failure it begins no more, waits for what is under way, and throws the first error. */
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
