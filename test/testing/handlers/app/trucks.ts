import { worker } from '../../../../lambdas/runtime';

/** Parcels in the order in which they were loaded. Those that are too heavy fail. */
export const loaded: unknown[] = [];

export const handler = worker<{ parcelId: string }>(({ body }) => {
  if (body.parcelId === 'heavy') throw new Error('too heavy');
  loaded.push(body.parcelId);
});
