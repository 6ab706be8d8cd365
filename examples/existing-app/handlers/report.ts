import { table } from '../../../lambdas/runtime';

const parcels = table('Parcels');

export const handler = async (event: { parcelId: string }) => parcels.get({ parcelId: event.parcelId });
