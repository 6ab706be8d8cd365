/** Number of slots of every sharded table. */
const SLOTS = 16_384n;
const WORD = 0xffff_ffffn;

/**
 * Computes the slot of a partition key, as docs/shop.md describes it: FNV-1a (32 bits) over the
 * key's UTF-8 bytes, then MurmurHash3's finaliser, then the upper 14 bits. This is a second
 * implementation, because the reconciliation must not use the code that it checks.
 */
export function slotFor(key: string): number {
  let hash = 2_166_136_261n;
  for (const byte of new TextEncoder().encode(key)) hash = ((hash ^ BigInt(byte)) * 16_777_619n) & WORD;
  hash = ((hash ^ (hash >> 16n)) * 0x85eb_ca6bn) & WORD;
  hash = ((hash ^ (hash >> 13n)) * 0xc2b2_ae35n) & WORD;
  return Number((((hash ^ (hash >> 16n)) & WORD) * SLOTS) >> 32n);
}

/**
 * Position of the shard that owns a slot, according to a map's run lengths `<count>x<shard>`.
 * @throws Error if no run contains the slot
 */
export function ownerOf(slots: string, slot: number): number {
  let end = 0;
  for (const run of slots.split(',')) {
    const [count, shard] = run.split('x').map(Number);
    end += count!;
    if (slot < end) return shard!;
  }
  throw new Error(`shard map must have an owner for slot ${slot}, but its runs end at ${end}`);
}
