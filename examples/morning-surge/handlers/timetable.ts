import { json, routes } from '../../../lambdas/runtime';

export const handler = routes({
  'GET /trains': ({ query }) => json(200, { from: query['from'], trains: ['06:12', '06:42', '07:12'] }),
});
