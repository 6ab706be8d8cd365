import { createHmac, hash } from 'node:crypto';

type Bytes = ArrayBuffer | ArrayBufferView;

/**
 * SHA-256 for the signatures of an SDK client. It is faster than the SDK's own class, which passes
 * the key to Node.js as bytes. Node.js 24 then creates two stack traces in each call, to find out
 * that the bytes aren't a key object. The SDK's class also copies a hash before it reads the
 * digest.
 */
export class Sha256 {
  private readonly secret: string | undefined;
  private content: Uint8Array = new Uint8Array();

  constructor(secret?: string | Bytes) {
    this.secret = typeof secret === 'string' ? Buffer.from(secret).toString('latin1') : secret && latin1(secret);
  }

  update(data: Uint8Array): void {
    this.content = this.content.length === 0 ? data : Buffer.concat([this.content, data]);
  }

  async digest(): Promise<Uint8Array> {
    if (this.secret === undefined) return hash('sha256', this.content, 'buffer');
    return createHmac('sha256', this.secret, { encoding: 'latin1' }).update(this.content).digest();
  }

  reset(): void {
    this.content = new Uint8Array();
  }
}

function latin1(bytes: Bytes): string {
  const view = ArrayBuffer.isView(bytes)
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : Buffer.from(bytes);
  return view.toString('latin1');
}
