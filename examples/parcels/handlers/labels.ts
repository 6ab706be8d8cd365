import { table, worker } from '../../../lambdas/runtime';

const parcels = table('Parcels');

/** Prints a label for each parcel that was announced. A throw makes its message come again, and only that one. */
export const handler = worker(async (message) => {
  const { parcelId } = message.body as { parcelId: string };
  const parcel = await parcels.get({ parcelId });
  if (parcel === undefined) throw new Error(`there is no parcel ${parcelId}`);
  console.log(JSON.stringify({ label: parcel['address'] }));
});
