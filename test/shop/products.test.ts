import * as fc from 'fast-check';
import { indexWords, MAX_WORDS, productWrites, rank, tokenPartition, wordsOf } from '../../lambdas/shop/products';

test('words are lower case, without accents, each once', () => {
  expect(wordsOf('CAFÉ T-LIGHT, "café" Noël')).toEqual(['cafe', 'light', 'noel']);
});

test('a word is found in the partition of every beginning that is long enough', () => {
  void fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9]{3,12}$/), fc.nat(9), (word, cut) => {
      expect(tokenPartition(word.slice(0, 3 + cut))).toBe(tokenPartition(word));
    }),
  );
});

test('after any change of a description the index holds the words of the new one and no other', () => {
  const text = fc
    .array(fc.constantFrom('RED', 'HEART', 'TEA', 'SET', 'OF', '3', 'LANTERN'))
    .map((words) => `${words.join(' ')} X`);
  void fc.assert(
    fc.property(text, text, (before, after) => {
      const old = productWrites({ sku: '22', description: before, price: '1' }, undefined);
      const next = productWrites({ sku: '22', description: after, price: '1' }, old.item);
      const index = new Set(old.puts.map(({ sk }) => sk));
      for (const { sk } of next.puts) index.add(sk);
      for (const { sk } of next.deletes) index.delete(sk);
      expect([...index].sort()).toEqual(
        indexWords('22', after)
          .map((word) => `${word}#22`)
          .sort(),
      );
    }),
  );
});

test('one product fits a transaction twice over, however long its description', () => {
  const description = Array.from({ length: 60 }, (_, i) => `word${i}`).join(' ');
  const { puts } = productWrites({ sku: 'A', description, price: '1' }, undefined);
  expect(puts).toHaveLength(MAX_WORDS);
});

describe('rank', () => {
  const entry = (word: string, sku: string, description: string) => ({
    ...{ pk: tokenPartition(word), sk: `${word}#${sku}`, sku, description, price: '1' },
  });

  test('a whole word comes before a beginning, then the alphabet decides; a product shows once', () => {
    const found = [
      entry('hearts', '1', 'A HEARTS HEART'),
      entry('hearts', '2', 'B HEARTS'),
      entry('heart', '3', 'Z HEART'),
    ];
    const ranked = rank(['heart'], [[...found, entry('heart', '1', 'A HEARTS HEART')]]);
    expect(ranked.map(({ sku }) => sku)).toEqual(['1', '3', '2']);
  });

  test('every word of the query must be there', () => {
    const red = [entry('red', '1', 'RED HEART'), entry('red', '2', 'RED TEA')];
    expect(rank(['red', 'tea'], [red, [entry('tea', '2', 'RED TEA')]]).map(({ sku }) => sku)).toEqual(['2']);
  });
});
