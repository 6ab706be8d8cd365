import { json, routes } from '../../../lambdas/runtime';

export const handler = routes({
  'GET /hello/{name}': ({ params }) => json(200, { hello: params.name }, { cacheControl: 'public, max-age=300' }),
  'GET /me': { caller: 'person', handle: ({ caller }) => json(200, { you: caller.id }) },
});
