import { inflateSync } from 'node:zlib';

/**
 * Reads the texts that a document shows. It inflates every content stream and takes the texts in
 * hexadecimal digits, which is enough for documents with built-in fonts.
 * @returns an empty list if the bytes are no PDF or are cut short
 */
export function textsOfPdf(bytes: Uint8Array): string[] {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const plain = file.toString('latin1');
  if (!plain.startsWith('%PDF-') || !/%%EOF\s*$/.test(plain)) return [];
  const texts: string[] = [];
  for (const head of plain.matchAll(/<<([^<>]*)>>\s*stream\r?\n/g)) {
    const entries = head[1]!;
    const length = Number(/\/Length (\d+)/.exec(entries)?.[1]);
    // Streams of objects and cross references show nothing.
    if (/\/Type \/(?:ObjStm|XRef)\b/.test(entries) || !Number.isInteger(length)) continue;
    const start = head.index + head[0].length;
    const stream = file.subarray(start, start + length);
    const content = /\/FlateDecode\b/.test(entries) ? inflated(stream) : stream;
    for (const [, digits] of content.toString('latin1').matchAll(/<([0-9A-Fa-f]*)>\s*Tj/g)) {
      texts.push(Buffer.from(digits!, 'hex').toString('latin1'));
    }
  }
  return texts;
}

/** A damaged stream shows nothing. */
function inflated(stream: Buffer): Buffer {
  try {
    return inflateSync(stream);
  } catch {
    return Buffer.alloc(0);
  }
}
