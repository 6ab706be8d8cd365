import { worker } from '../../../lambdas/runtime';
import { print } from '../print';

/** Asks for one more label. */
export const handler = worker(async (message) => {
  const { parcelId } = message.body as { parcelId: string };
  await print(message.id, parcelId);
});
