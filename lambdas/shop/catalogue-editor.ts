import { HttpError, ifAbsent, ifEquals, json, mapBounded, type Operation, routes, table, transact } from '../runtime';
import { type Product, type ProductItem, productKey, productList, productWrites } from './products';
import { conditionFailed, conflicted } from './writes';

/**
 * Maximum number of operations in one transaction. DynamoDB accepts 100, but while slots move
 * between shards, each write may need two operations.
 */
const MAX_OPERATIONS = 50;
/** Maximum number of concurrent transactions. */
const PARALLEL = 4;

const catalogue = table<ProductItem, 'pk' | 'sk'>('Catalogue');

/**
 * Writes the catalogue for the point of sale. A product and its index entries are changed in one
 * transaction.
 */
export const handler = routes({
  'POST /catalogue': {
    body: productList,
    handle: async ({ body: { products } }) => {
      const stored = await catalogue.batchGet(products.map(({ sku }) => productKey(sku)));
      const changes = products.flatMap((product, i) => {
        const operations = changesOf(product, stored[i]);
        return operations.length === 0 ? [] : [operations];
      });
      try {
        // mapBounded waits for running transactions before it throws, so nothing is written after
        // the answer.
        await mapBounded(pack(changes), PARALLEL, (operations) => transact(operations));
      } catch (error) {
        if (!conditionFailed(error) && !conflicted(error)) throw error;
        throw new HttpError(409, 'changed_meanwhile', 'another call changed a product: send this call again');
      }
      return json(200, { written: changes.length, unchanged: products.length - changes.length });
    },
  },
});

/** Writes for a product. Empty if the product hasn't changed. */
function changesOf(product: Product, before: ProductItem | undefined): Operation[] {
  const { item, puts, deletes } = productWrites(product, before);
  if (before?.description === item.description && before.price === item.price && deletes.length === 0) return [];
  // Without the condition, two concurrent calls for one product would each delete only the index
  // entries that they had read.
  const condition = before ? ifEquals({ description: before.description }) : ifAbsent('pk');
  return [
    { in: catalogue, put: { ...item }, condition },
    ...puts.map((put) => ({ in: catalogue, put: { ...put } })),
    ...deletes.map((key) => ({ in: catalogue, delete: key })),
  ];
}

/**
 * Groups the writes of products into transactions. All writes of a product are in one transaction.
 */
function pack(changes: readonly Operation[][]): Operation[][] {
  const packs: Operation[][] = [];
  for (const operations of changes) {
    const last = packs.at(-1);
    if (last && last.length + operations.length <= MAX_OPERATIONS) last.push(...operations);
    else packs.push([...operations]);
  }
  return packs;
}
