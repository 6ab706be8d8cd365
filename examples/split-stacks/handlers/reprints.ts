import { worker } from '../../../lambdas/runtime';
import { print } from '../print';

/** Requests one more label for each message. */
export const handler = worker(async (message) => {
  const { parcelId } = message.body as { parcelId: string };
  await print(message.id, parcelId);
});
