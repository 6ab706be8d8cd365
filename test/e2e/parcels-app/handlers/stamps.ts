import { once, table, worker } from '../../../../lambdas/runtime';

interface Parcel {
  readonly parcelId: string;
  readonly isStuck?: boolean;
  readonly stamped?: number;
}

const parcels = table<Parcel, 'parcelId'>('Parcels');

/** Stamps a parcel once. If the parcel is stuck, it isn't known whether it was stamped. */
export const handler = worker(
  once(parcels, 'stamp', { halfWay: 'hold' }, async ({ isStuck }) => {
    if (isStuck === true) throw new Error('the machine did not answer');
    return { set: { stamped: 1 } };
  }),
);
