import { HttpError, ifAbsent, ifEquals, json, mapBounded, type Operation, routes, table, transact } from '../runtime';
import { type Product, type ProductItem, productKey, productWrites, readProducts } from './products';
import { conditionFailed, conflicted } from './writes';

/** Operations of one transaction: DynamoDB takes 100, and 50 where a shard's slots are moving. */
const MAX_OPERATIONS = 50;
/** Transactions at the same time. */
const PARALLEL = 4;

const catalogue = table('Catalogue');

/** The catalogue as the till writes it: a product and what finds it are changed together, or not at all. */
export const handler = routes({
  'POST /catalogue': async ({ body }) => {
    const { products, issues } = readProducts(body);
    if (issues.length > 0) throw new HttpError(422, 'invalid_products', 'the products have faults', { issues });

    const stored = await catalogue.batchGet(products.map(({ sku }) => productKey(sku)));
    const changes = products.flatMap((product, i) => {
      const before = stored[i] as unknown as ProductItem | undefined;
      const operations = changesOf(product, before);
      return operations.length === 0 ? [] : [operations];
    });
    try {
      // A failure is answered once those under way have ended: nothing is written behind the answer.
      await mapBounded(pack(changes), PARALLEL, (operations) => transact(operations));
    } catch (error) {
      if (!conditionFailed(error) && !conflicted(error)) throw error;
      throw new HttpError(409, 'changed_meanwhile', 'a product was changed by another call: send this one again');
    }
    return json(200, { written: changes.length, unchanged: products.length - changes.length });
  },
});

/** What must be written for a product; nothing if it is as it was. */
function changesOf(product: Product, before: ProductItem | undefined): Operation[] {
  const { item, puts, deletes } = productWrites(product, before);
  if (before?.description === item.description && before.price === item.price && deletes.length === 0) return [];
  // Two calls that change one product at once would each take out only the words they saw.
  const condition = before ? ifEquals({ description: before.description }) : ifAbsent('pk');
  return [
    { in: catalogue, put: { ...item }, condition },
    ...puts.map((put) => ({ in: catalogue, put: { ...put } })),
    ...deletes.map((key) => ({ in: catalogue, delete: key })),
  ];
}

/** Fills transactions with whole products. */
function pack(changes: readonly Operation[][]): Operation[][] {
  const packs: Operation[][] = [];
  for (const operations of changes) {
    const last = packs.at(-1);
    if (last && last.length + operations.length <= MAX_OPERATIONS) last.push(...operations);
    else packs.push([...operations]);
  }
  return packs;
}
