/** Most words of one product that can be searched: bounds the transaction in which they are written. */
export const MAX_WORDS = 20;

/** Letters of a word that name its partition in the index: a search knows at least these. */
export const PREFIX_LENGTH = 3;

/** The words of a text in lower case and without accents, each once, in order. */
export function wordsOf(text: string): string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return [...new Set(plain.match(/[\p{L}\p{N}]+/gu) ?? [])].filter((word) => word.length > 1 && word.length <= 40);
}

/** What a product is found by: the words of its description, and its stock code. */
export function indexWords(sku: string, description: string): string[] {
  return [...new Set([...wordsOf(sku).slice(0, 2), ...wordsOf(description)])].slice(0, MAX_WORDS);
}

/** Partition of the index in which a word, or the start of one, lies. */
export function tokenPartition(word: string): string {
  return `token#${[...word].slice(0, PREFIX_LENGTH).join('')}`;
}
