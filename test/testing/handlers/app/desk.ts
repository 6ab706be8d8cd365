import {
  binary,
  ConditionFailed,
  documents,
  HttpError,
  ifAbsent,
  json,
  logger,
  routes,
  schema,
  table,
} from '../../../../lambdas/runtime';

const parcels = table('Parcels');
const photos = documents('Photos');
const Parcel = schema.object({ parcelId: schema.string({ max: 40 }), to: schema.string() });

export const handler = routes({
  'GET /parcels': {
    caller: 'person',
    query: ['state'],
    handle: async ({ caller, query }) => {
      if (query.state === undefined) return json(200, await parcels.query({ owner: caller.id }));
      return json(200, await parcels.scatter({ index: 'byState', where: { state: query.state } }));
    },
  },
  'GET /parcels/{parcelId}': {
    caller: 'person',
    handle: async ({ caller, params }) => {
      const parcel = await parcels.get({ owner: caller.id, parcelId: params.parcelId });
      if (parcel === undefined) throw new HttpError(404, 'no_such_parcel', 'there is no such parcel');
      return json(200, parcel);
    },
  },
  'POST /parcels': {
    caller: 'person',
    body: Parcel,
    handle: async ({ caller, body }) => {
      const key = { owner: caller.id, parcelId: body.parcelId };
      try {
        await parcels.put(
          { ...key, to: body.to, state: 'announced', email: caller.claims['email'] },
          {
            condition: ifAbsent('parcelId'),
            outbox: [
              { to: 'Labels', body: key },
              { to: 'Trucks', body: key, group: body.to },
            ],
          },
        );
      } catch (error) {
        if (error instanceof ConditionFailed) throw new HttpError(409, 'known_parcel', 'there is such a parcel');
        throw error;
      }
      logger.info('parcel announced', { parcelId: body.parcelId });
      return json(201, key);
    },
  },
  'DELETE /parcels/{parcelId}': {
    caller: 'person',
    handle: async ({ caller, params }) => {
      await parcels.delete({ owner: caller.id, parcelId: params.parcelId });
      return json(204, undefined);
    },
  },
  'POST /arrivals': {
    caller: 'service',
    handle: ({ caller, body }) => json(200, { by: caller.name, id: caller.id, body }),
  },
  'PUT /photos/{parcelId}': {
    caller: 'person',
    handle: async ({ params, body }) => {
      await photos.put(`${params.parcelId}.png`, body as Uint8Array, { contentType: 'image/png' });
      return json(201, {});
    },
  },
  'GET /photos/{parcelId}': {
    caller: 'person',
    handle: async ({ params }) => {
      const photo = await photos.get(`${params.parcelId}.png`);
      return binary(200, photo!, { contentType: 'image/png' });
    },
  },
  'GET /city': () => json(200, { city: process.env['CITY'] }),
});
