import { json, routes } from '../../../lambdas/runtime';

export const handler = routes({
  'GET /seats/{train}': ({ params }) => json(200, { train: params.train, free: 12 }),
});
