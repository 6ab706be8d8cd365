import { json, routes, table } from '../../../lambdas/runtime';
import { print } from '../print';

const parcels = table('Parcels');

export const handler = routes({
  'PUT /parcels/{parcelId}': async ({ params: { parcelId } }) => {
    const outbox = ['Labels', 'Reprints', 'Archive'].map((to) => ({ to, body: { parcelId } }));
    await parcels.put({ parcelId, printed: 0, archived: 0 }, { outbox });
    await print(`${parcelId}-now`, parcelId);
    return json(202, { parcelId });
  },
});
