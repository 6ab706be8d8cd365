import { inflateRawSync } from 'node:zlib';

/** Signatures and sizes of the zip format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3 */
const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED_FLAG = 1;

/** A file in an archive. */
export interface ZipEntry {
  readonly name: string;
  /** Returns the file's content. */
  read(): Buffer;
}

/**
 * Lists the files of a zip archive, without folders. It reads the directory at the archive's end,
 * as the format requires. It supports archives that the CDK makes: stored and deflated files, less
 * than 4 GB.
 * @throws Error if the archive is invalid, or if a file name leads out of the folder
 */
export function unzip(archive: Buffer): ZipEntry[] {
  const end = findEnd(archive);
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  if (count === 0xffff || at === 0xffffffff)
    throw new Error('archive must be smaller than 4 GB, got one in the 64-bit format');
  const entries: ZipEntry[] = [];
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_BYTES > archive.length || archive.readUInt32LE(at) !== CENTRAL) {
      throw new Error(`archive's directory must list ${count} files, got ${i}`);
    }
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameLength);
    const entry = {
      name,
      encrypted: (archive.readUInt16LE(at + 8) & ENCRYPTED_FLAG) !== 0,
      method: archive.readUInt16LE(at + 10),
      packed: archive.readUInt32LE(at + 20),
      size: archive.readUInt32LE(at + 24),
      local: archive.readUInt32LE(at + 42),
    };
    at += CENTRAL_BYTES + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
    if (name.endsWith('/')) continue;
    checkName(name);
    entries.push({ name, read: () => unpack(archive, entry) });
  }
  return entries;
}

interface Entry {
  readonly name: string;
  readonly encrypted: boolean;
  readonly method: number;
  readonly packed: number;
  readonly size: number;
  readonly local: number;
}

function findEnd(archive: Buffer): number {
  // A comment of up to 64 KB may follow the end record.
  for (let at = archive.length - END_BYTES; at >= Math.max(0, archive.length - END_BYTES - 0xffff); at--) {
    if (archive.readUInt32LE(at) === END) return at;
  }
  throw new Error(`archive must be a zip file, got ${archive.length} bytes without a directory at their end`);
}

function checkName(name: string): void {
  if (name.startsWith('/') || name.includes('\\') || name.split('/').some((part) => part === '..' || part === '')) {
    throw new Error(`names of files must stay inside the archive's folder, got '${name}'`);
  }
}

function unpack(archive: Buffer, entry: Entry): Buffer {
  if (entry.encrypted) throw new Error(`'${entry.name}' is encrypted`);
  if (entry.local + LOCAL_BYTES > archive.length || archive.readUInt32LE(entry.local) !== LOCAL) {
    throw new Error(`'${entry.name}' must be at the offset that the archive's directory states`);
  }
  // The lengths are read from the local header, because its extra fields may differ in length from
  // those in the directory.
  const start =
    entry.local + LOCAL_BYTES + archive.readUInt16LE(entry.local + 26) + archive.readUInt16LE(entry.local + 28);
  const packed = archive.subarray(start, start + entry.packed);
  if (entry.method !== STORED && entry.method !== DEFLATED) {
    throw new Error(`'${entry.name}' is packed by method ${entry.method}; only stored and deflated files are read`);
  }
  const data = entry.method === STORED ? packed : inflate(packed, entry);
  if (data.length !== entry.size)
    throw new Error(`'${entry.name}' has ${data.length} bytes, its directory says ${entry.size}`);
  return data;
}

/** Unpacks at most the stated size, so that a file with a wrong size can't fill the memory. */
function inflate(packed: Buffer, { name, size }: Entry): Buffer {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new Error(`'${name}' unpacks to more than the ${size} bytes it states`);
    throw new Error(`'${name}' can't be unpacked: ${message}`);
  }
}
