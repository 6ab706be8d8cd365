import { table, worker } from '../../../lambdas/runtime';

const parcels = table('Parcels');

/** Prints the label of a parcel. If the handler throws, SQS redelivers only this message. */
export const handler = worker(async (message) => {
  const { parcelId } = message.body as { parcelId: string };
  const parcel = await parcels.get({ parcelId });
  if (parcel === undefined) throw new Error(`there is no parcel ${parcelId}`);
  console.log(JSON.stringify({ label: parcel['address'] }));
});
