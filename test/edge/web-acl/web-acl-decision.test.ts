import { App, Size, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import fc from 'fast-check';
import { WebAcl } from '../../../lib/edge';
import { Access, ParameterForm, Route } from '../../../lib/modules';
import { WebAclEvaluator, webAclFromTemplate } from '../../../testing';
import { NOWHERE } from '../fixtures';

const ROUTES = [
  Route.get('/search', {
    access: Access.ANYONE,
    query: { q: ParameterForm.text(100), page: ParameterForm.integer(1, 25) },
  }),
  Route.get('/orders/{orderId}', { access: Access.ANYONE }),
  Route.get('/tickets/{number}', { access: Access.ANYONE, parameters: { number: ParameterForm.integer(1, 500) } }),
  Route.post('/checkout', { access: Access.ANYONE, maxBody: Size.kibibytes(64) }),
  Route.post('/feedback', { access: Access.ANYONE, maxBody: Size.kibibytes(4) }),
  Route.post('/upload', { access: Access.ANYONE, maxBody: Size.mebibytes(1), contentType: 'image/svg+xml' }),
];

/** The web ACL as it is deployed, asked as WAF would be. */
function deployed(rateLimit?: number) {
  const stack = new Stack(new App(), 'Shop', { env: NOWHERE });
  const acl = new WebAcl(stack, 'WebAcl', { rateLimit });
  acl._addRoutes(ROUTES);
  acl._addSite(['/', '/index.html', '/about/', '/about', '/app.js'], '<h1>Nothing here</h1>');
  const [resource] = Object.values(Template.fromStack(stack).findResources('AWS::WAFv2::WebACL'));
  const evaluator = new WebAclEvaluator(webAclFromTemplate(resource!['Properties']), () => 0);
  return (method: string, address: string, headers: Record<string, string> = {}, bytes = 0, ip = '192.0.2.1') => {
    const [path, query = ''] = address.split('?') as [string, string?];
    const decision = evaluator.evaluate({
      method,
      path,
      query,
      headers,
      body: new Uint8Array(bytes),
      ip,
      secure: true,
    });
    return decision.action === 'allow' ? 200 : decision.response!.status;
  };
}

const JSON_BODY = { 'content-type': 'application/json; charset=utf-8' };
const ask = deployed();

test.each<[number, string, string, Record<string, string>?, number?]>([
  [200, 'GET', '/search'],
  [200, 'HEAD', '/search?q=lamp'],
  [200, 'GET', '/search?page=2&q=a%26b'],
  [404, 'GET', '/search?page=01'],
  [404, 'GET', '/search?page=1e0&q=lamp'],
  [404, 'GET', '/search?q=lamp&page=26'],
  [404, 'GET', '/search?page=1page=2'],
  [200, 'GET', '/tickets/500'],
  [404, 'GET', '/tickets/501'],
  [404, 'GET', '/tickets/0x1'],
  [404, 'GET', '/tickets/1%20'],
  [404, 'GET', '/search?q=lamp&debug=1'],
  [404, 'GET', '/search?x=1&q=lamp'],
  [404, 'GET', '/search?%71=lamp'],
  [404, 'GET', '/search/'],
  [404, 'GET', '/Search'],
  [404, 'POST', '/search', JSON_BODY, 2],
  [404, 'GET', '/search', {}, 1],
  [200, 'GET', '/orders/17'],
  [404, 'GET', '/orders/17?all=1'],
  [404, 'GET', '/orders/17/lines'],
  [404, 'GET', '/orders/'],
  [200, 'POST', '/checkout', JSON_BODY, 2],
  [200, 'POST', '/checkout', { 'content-type': 'Application/JSON' }, 65_536],
  [413, 'POST', '/checkout', JSON_BODY, 65_537],
  [415, 'POST', '/checkout', { 'content-type': 'text/plain' }, 2],
  [415, 'POST', '/checkout', { 'content-type': 'application/jsonx' }, 2],
  [415, 'POST', '/checkout', {}, 2],
  [404, 'PUT', '/checkout', JSON_BODY, 2],
  [200, 'POST', '/feedback', JSON_BODY, 4_096],
  [413, 'POST', '/feedback', JSON_BODY, 4_097],
  [413, 'POST', '/feedback', JSON_BODY, 9_000],
  [200, 'POST', '/upload', { 'content-type': 'image/svg+xml' }, 900_000],
  [415, 'POST', '/upload', JSON_BODY, 900_000],
  [413, 'POST', '/nowhere', JSON_BODY, 9_000],
  [404, 'OPTIONS', '/checkout'],
  [200, 'GET', '/?code=1&state=2'],
  [200, 'GET', '/about'],
  [404, 'GET', '/config.json'],
  [404, 'POST', '/about', JSON_BODY, 2],
  [404, 'GET', '/about', {}, 1],
  [404, 'GET', '/wp-admin/', { accept: 'text/html,*/*' }],
])('answers %d to %s %s', (status, method, address, ...rest) => {
  expect(ask(method, address, ...rest)).toBe(status);
});

test('limits the rate of each IP address separately', () => {
  const slow = deployed(10);
  const answers = Array.from({ length: 15 }, () => slow('GET', '/search'));
  expect(answers).toContain(200);
  expect(answers.at(-1)).toBe(429);
  expect(slow('GET', '/search', {}, 0, '192.0.2.2')).toBe(200);
});

test('allows only declared routes, for any path', () => {
  const known = /^(?:\/search|\/orders\/[^/]+|\/|\/index\.html|\/about\/?|\/app\.js)$/;
  const part = fc.constantFrom('search', 'orders', 'about', '..', '', 'app.js', '%2e', '*', 'x');
  const path = fc.array(part, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
  const plenty = deployed(2_000_000_000);
  fc.assert(
    fc.property(path, (asked) => {
      expect(plenty('GET', asked) === 200).toBe(known.test(asked));
    }),
  );
});
