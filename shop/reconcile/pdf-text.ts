import { inflateSync } from 'node:zlib';

/**
 * Extracts the texts of a PDF. Every content stream is decompressed, and texts in hexadecimal
 * digits are read. This suffices for documents with built-in fonts.
 * @returns an empty list if the bytes aren't a complete PDF
 */
export function textsOfPdf(bytes: Uint8Array): string[] {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const plain = file.toString('latin1');
  if (!plain.startsWith('%PDF-') || !/%%EOF\s*$/.test(plain)) return [];
  const texts: string[] = [];
  for (const head of plain.matchAll(/<<([^<>]*)>>\s*stream\r?\n/g)) {
    const entries = head[1]!;
    const length = Number(/\/Length (\d+)/.exec(entries)?.[1]);
    // Streams of objects and cross references contain no texts.
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

/** Decompresses a stream. The result is empty if the stream is damaged. */
function inflated(stream: Buffer): Buffer {
  try {
    return inflateSync(stream);
  } catch {
    return Buffer.alloc(0);
  }
}
