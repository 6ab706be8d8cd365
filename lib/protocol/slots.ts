import { decimalText } from './decimal';

/**
 * Number of slots of every sharded table. It never changes, so the slot of a key never changes.
 * Resharding moves slots between shards. With 16,384 slots, the slot counts of 64 shards differ by
 * at most 1 %, and a map has a few hundred bytes.
 */
export const SLOT_COUNT = 16_384;

const SLOT_SHIFT = 32 - Math.log2(SLOT_COUNT);
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** The value of a partition key: string, number or binary. */
export type PartitionKeyValue = string | number | bigint | Uint8Array;

/**
 * Computes the slot of a partition key: FNV-1a over the key's UTF-8 bytes, then MurmurHash3's
 * finaliser. FNV-1a alone distributes short and similar keys unevenly. The bytes of a number are
 * those of its canonical text: see `decimalText`.
 * @returns an integer in [0, SLOT_COUNT)
 */
export function slotOf(key: PartitionKeyValue): number {
  let hash = FNV_OFFSET;
  if (typeof key === 'string') {
    for (let i = 0; i < key.length; i++) {
      const unit = key.charCodeAt(i);
      if (unit > 0x7f) return finalise(hashBytes(hash, Buffer.from(key.slice(i), 'utf8')));
      hash = Math.imul(hash ^ unit, FNV_PRIME);
    }
    return finalise(hash);
  }
  if (key instanceof Uint8Array) return finalise(hashBytes(hash, key));
  return slotOf(decimalText(key));
}

function hashBytes(start: number, bytes: Uint8Array): number {
  let hash = start;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return hash;
}

function finalise(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) >>> SLOT_SHIFT;
}
