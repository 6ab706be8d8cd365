/**
 * Maximum number of words of a product in the index. It limits the size of the transaction that
 * writes the product.
 */
export const MAX_WORDS = 20;
/** Maximum characters of a word. Longer words are ignored. */
const MAX_WORD_LENGTH = 40;

/**
 * Number of first letters of a word that form the partition key of its index entries. A search must
 * have at least this many letters.
 */
export const PREFIX_LENGTH = 3;

/**
 * The distinct words of a text in their order, in lower case and without accents. Words of one
 * letter are left out.
 */
export function wordsOf(text: string): string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const words = plain.match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words)].filter((word) => word.length > 1 && word.length <= MAX_WORD_LENGTH);
}

/**
 * Removes the ending of an English plural from a word of a query. A search finds words by their
 * first letters. So `lanterns` finds `lantern` and `lanterns`, `boxes` finds `box`, and `berries`
 * finds `berry`.
 */
export function stem(word: string): string {
  if (!/^[a-z]{3,}s$/.test(word) || /(?:ss|us|is)$/.test(word)) return word;
  if (/[a-z]{3}ies$/.test(word)) return word.slice(0, -3);
  if (/(?:sh|ch|x|ss)es$/.test(word)) return word.slice(0, -2);
  return word.slice(0, -1);
}

/**
 * Words of a product's index entries: up to two from the stock code, and those of the description.
 */
export function indexWords(sku: string, description: string): string[] {
  return [...new Set([...wordsOf(sku).slice(0, 2), ...wordsOf(description)])].slice(0, MAX_WORDS);
}

/** Partition key of the index for a word or its first letters. */
export function tokenPartition(word: string): string {
  return `token#${[...word].slice(0, PREFIX_LENGTH).join('')}`;
}
