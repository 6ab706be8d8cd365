import { table, worker } from '../../../lambdas/runtime';

const parcels = table('Parcels');

/** Prints one label for each message. */
export const handler = worker(async (message) => {
  const { parcelId } = message.body as { parcelId: string };
  await parcels.update({ parcelId }, { add: { printed: 1 } });
});
