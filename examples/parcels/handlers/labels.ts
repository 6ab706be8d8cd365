import { table, worker } from '../../../lambdas/runtime';

const parcels = table('Parcels');

/** Prints a label for each announced parcel. If this throws, SQS redelivers only that message. */
export const handler = worker(async (message) => {
  const { parcelId } = message.body as { parcelId: string };
  const parcel = await parcels.get({ parcelId });
  if (parcel === undefined) throw new Error(`there is no parcel ${parcelId}`);
  console.log(JSON.stringify({ label: parcel['address'] }));
});
