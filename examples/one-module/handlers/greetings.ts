import { json, routes } from '../../../lambdas/runtime';

export const handler = routes({
  'GET /hello/{name}': ({ params }) => json(200, { hello: params['name'] }, { cacheControl: 'public, max-age=300' }),
  // Nobody but a person reaches this: the route's access says so.
  'GET /me': ({ caller }) => json(200, { you: caller.kind === 'person' ? caller.id : null }),
});
