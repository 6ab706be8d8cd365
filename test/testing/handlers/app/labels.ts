import { logger, PermanentFailure, schema, table, worker } from '../../../../lambdas/runtime';

const parcels = table('Parcels');

/** Marks a parcel as labelled. */
export const handler = worker(
  async ({ body }) => {
    if (body.parcelId === 'broken') throw new Error('the printer is out of paper');
    if (body.parcelId === 'hopeless') throw new PermanentFailure('a label needs an address');
    await parcels.update(body, { set: { state: 'labelled' } });
    logger.info('parcel labelled', { parcelId: body.parcelId });
  },
  { schema: schema.object({ owner: schema.string(), parcelId: schema.string() }) },
);
