import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { cacheControlOf, contentTypeOf } from '../../lambdas/system/site-uploader/file-headers';
import { unzip } from '../../lambdas/system/site-uploader/unzip';
import { type SiteFile, type SiteStore, textsOf, uploadSite } from '../../lambdas/system/site-uploader/upload';

/** A zip archive of the files, as any packer makes it. */
function zip(files: Record<string, string | Buffer>, { stored = false, comment = '' } = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const data = Buffer.from(content);
    const packed = stored ? data : deflateRawSync(data);
    const bytes = Buffer.from(name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(stored ? 0 : 8, 8);
    local.writeUInt16LE(bytes.length, 26);
    local.writeUInt16LE(4, 28); // an extra field that the directory doesn't have
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(stored ? 0 : 8, 10);
    central.writeUInt32LE(packed.length, 20);
    central.writeUInt32LE(data.length, 24);
    central.writeUInt16LE(bytes.length, 28);
    central.writeUInt32LE(at, 42);
    directory.push(central, bytes);
    parts.push(local, bytes, Buffer.alloc(4), packed);
    at += local.length + bytes.length + 4 + packed.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...parts, ...directory, end, Buffer.from(comment)]);
}

class MemoryStore implements SiteStore {
  public readonly puts: SiteFile[] = [];
  public readonly steps: string[] = [];
  constructor(
    private readonly archive: Buffer,
    private readonly present: string[] = [],
  ) {}
  async readSource() {
    return this.archive;
  }
  async list() {
    return [...this.present, ...this.puts.map((file) => file.key)];
  }
  async put(file: SiteFile) {
    this.puts.push(file);
    this.steps.push(`put ${file.key}`);
  }
  async remove(keys: string[]) {
    this.steps.push(`remove ${keys.join(' ')}`);
  }
}

describe('unzip', () => {
  test('returns the packed files', () => {
    const name = fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8}){0,2}\.[a-z]{1,4}$/);
    const content = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.dictionary(name, content), fc.boolean(), (files, stored) => {
        const read = Object.fromEntries(
          unzip(zip(files, { stored, comment: 'packed' })).map((e) => [e.name, e.read()]),
        );
        expect(read).toEqual({ ...files });
      }),
    );
  });

  test('leaves out folders', () => {
    expect(unzip(zip({ 'a/': '', 'a/b.txt': 'b' })).map((e) => e.name)).toEqual(['a/b.txt']);
  });

  test.each(['../secret', '/etc/passwd', 'a/../../b', 'a\\b', 'a//b'])('fails for the name %s', (name) => {
    expect(() => unzip(zip({ [name]: '' }))).toThrow(`must stay inside the archive's folder, got '${name}'`);
  });

  test('fails for invalid archives, truncated archives, and wrong sizes', () => {
    expect(() => unzip(Buffer.from('<html>'))).toThrow('archive must be a zip file, got 6 bytes');
    const good = zip({ 'a.txt': 'hello' });
    const wrong = Buffer.from(good);
    wrong.writeUInt16LE(9, good.length - 12);
    expect(() => unzip(wrong)).toThrow('directory must list 9 files, got 1');
    const lie = zip({ 'a.txt': 'hello' }, { stored: true });
    lie.writeUInt32LE(3, lie.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 24);
    expect(() => unzip(lie)[0]!.read()).toThrow("'a.txt' has 5 bytes, its directory says 3");
  });

  test('stops unpacking a file that exceeds its stated size', () => {
    const bomb = zip({ 'a.txt': Buffer.alloc(100_000) });
    bomb.writeUInt32LE(10, bomb.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 24);
    expect(() => unzip(bomb)[0]!.read()).toThrow("'a.txt' unpacks to more than the 10 bytes it states");
  });

  test('fails for a corrupt file', () => {
    const broken = zip({ 'a.txt': 'hello' });
    broken.fill(0xff, 30 + 5 + 4, 30 + 5 + 4 + 3);
    expect(() => unzip(broken)[0]!.read()).toThrow("'a.txt' can't be unpacked: invalid");
  });

  test('fails for unknown compression methods', () => {
    const odd = zip({ 'a.txt': 'a' });
    odd.writeUInt16LE(12, odd.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 10);
    expect(() => unzip(odd)[0]!.read()).toThrow("'a.txt' is packed by method 12");
  });
});

describe('headers of files', () => {
  test.each([
    ['index.html', 'text/html; charset=utf-8'],
    ['a/app.JS', 'text/javascript; charset=utf-8'],
    ['logo.svg', 'image/svg+xml'],
    ['LICENSE', 'application/octet-stream'],
    ['x.exe', 'application/octet-stream'],
    ['x.constructor', 'application/octet-stream'],
  ])('%s is %s', (name, type) => {
    expect(contentTypeOf(name)).toBe(type);
  });

  test.each([
    ['app.3f9a2b1c.js', /immutable/],
    ['assets/app-BX92KQ1Z.css', /immutable/],
    ['app.js', /max-age=0, s-maxage=60/],
    ['about/index.html', /max-age=0, s-maxage=60/],
    ['page.3f9a2b1c.html', /max-age=0/],
    ['picture-of-accurate.png', /max-age=0/],
    ['config.json', /^no-cache$/],
  ])('%s is kept %s', (name, expected) => {
    expect(cacheControlOf(name)).toMatch(expected);
  });
});

describe('upload', () => {
  test('uploads pages last, then removes old files; generated files replace uploaded ones', async () => {
    const store = new MemoryStore(zip({ 'index.html': 'new', 'app.js': 'x', 'robots.txt': 'packed' }), [
      'old.html',
      'app.js',
    ]);
    const result = await uploadSite(store, { 'robots.txt': 'made', 'config.json': '{}' });
    expect(store.steps.slice(0, 3).sort()).toEqual(['put app.js', 'put config.json', 'put robots.txt']);
    expect(store.steps.slice(3)).toEqual(['put index.html', 'remove old.html']);
    expect(result).toEqual({ written: 4, removed: 1 });
    expect(store.puts.find((f) => f.key === 'robots.txt')!.body.toString()).toBe('made');
    expect(store.puts.find((f) => f.key === 'index.html')).toMatchObject({ contentType: 'text/html; charset=utf-8' });
  });

  test('removes nothing if there are no old files or an upload fails', async () => {
    const store = new MemoryStore(zip({ 'a.txt': '' }));
    await uploadSite(store, {});
    expect(store.steps).toEqual(['put a.txt']);
    const failing = new MemoryStore(zip({ 'a.txt': '' }), ['old.txt']);
    failing.put = () => Promise.reject(new Error('no'));
    await expect(uploadSite(failing, {})).rejects.toThrow('no');
    expect(failing.steps).toEqual([]);
  });

  test('starts no upload after a failure, and waits for running ones', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `f${String(i).padStart(2, '0')}.txt`);
    const store = new MemoryStore(zip(Object.fromEntries(names.map((name) => [name, name]))));
    let begun = 0;
    let underWay = 0;
    store.put = async () => {
      const turn = ++begun;
      underWay++;
      // The third fails while seven others take longer.
      for (let i = 0; i < (turn === 3 ? 2 : 20); i++) await Promise.resolve();
      underWay--;
      if (turn === 3) throw new Error('no');
    };
    await expect(uploadSite(store, {})).rejects.toThrow('no');
    expect([begun, underWay]).toEqual([8, 0]);
    for (let i = 0; i < 100; i++) await Promise.resolve();
    expect(begun).toBe(8);
  });

  test('throws the first of several errors', async () => {
    const store = new MemoryStore(zip({ 'a.txt': '', 'b.txt': '' }));
    store.put = async ({ key }) => {
      if (key === 'a.txt') for (let i = 0; i < 5; i++) await Promise.resolve();
      throw new Error(key);
    };
    await expect(uploadSite(store, {})).rejects.toThrow('b.txt');
  });

  test('uploads files with names of object properties, such as constructor', async () => {
    const names = ['constructor', 'toString', '__proto__', 'hasOwnProperty'];
    const files = Object.fromEntries(names.map((name) => [name, name]));
    const store = new MemoryStore(zip(files));
    expect(await uploadSite(store, {})).toEqual({ written: 4, removed: 0 });
    expect(store.puts.map(({ key, body }) => [key, body.toString()]).sort()).toEqual(
      names.map((name) => [name, name]).sort(),
    );
    expect(await uploadSite(new MemoryStore(zip(files)), files)).toEqual({ written: 4, removed: 0 });
  });

  test.each([[undefined], ['text'], [[{ Name: 'a' }]], [[null]], [[{ Name: 1, Text: '' }]]])(
    'fails when Files is %j',
    (value) => {
      expect(() => textsOf(value)).toThrow('property Files must');
    },
  );

  test('reads Files', () => {
    expect(textsOf([{ Name: 'a.txt', Text: 'a' }])).toEqual({ 'a.txt': 'a' });
  });
});
