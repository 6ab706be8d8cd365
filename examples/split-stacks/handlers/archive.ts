import { table, worker } from '../../../lambdas/runtime';

const parcels = table('Parcels');

/** Counts the messages for each parcel. */
export const handler = worker(async (message) => {
  const { parcelId } = message.body as { parcelId: string };
  await parcels.update({ parcelId }, { add: { archived: 1 } });
});
