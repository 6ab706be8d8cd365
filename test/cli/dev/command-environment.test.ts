import {
  type CommandEnvironmentProps,
  commandEnvironment,
  outputsOf,
  variableName,
} from '../../../cli/dev/command-environment';
import { summaryOf } from '../../../cli/dev/summary';
import type { LocalAddress } from '../../../local/entrances';

const edge: LocalAddress = {
  name: 'Shop/Edge/Distribution',
  kind: 'distribution',
  stackName: 'Shop',
  url: 'http://localhost:4000',
  deployedUrl: 'https://d111.cloudfront.net',
};
const api: LocalAddress = {
  name: 'Shop/Orders/Api',
  kind: 'REST API',
  stackName: 'Shop',
  url: 'http://localhost:4001',
  deployedUrl: 'https://a1b2c3d4.execute-api.us-east-1.amazonaws.com',
};
const stack = {
  name: 'Shop',
  outputs: {
    Site: 'https://d111.cloudfront.net/',
    Host: 'd111.cloudfront.net',
    Api: 'https://a1b2c3d4.execute-api.us-east-1.amazonaws.com/prod/',
    Table: 'Orders',
    PublishOutputRefTable12B5: 'referred',
    ExportsOutputFnGetAttTableArn12B5: 'referred',
  },
};
const app = {
  addresses: [edge, api],
  stacks: [stack],
  endpoint: 'https://127.0.0.1:5000',
  region: 'eu-central-1',
  account: '123456789012',
} as unknown as CommandEnvironmentProps['app'];

const environment = (more: Partial<CommandEnvironmentProps> = {}) =>
  commandEnvironment({
    app,
    certificate: '/run/certificate.pem',
    outputsFile: '/run/outputs.json',
    shell: {},
    ...more,
  });

test('the command finds addresses, outputs and the emulator', () => {
  expect(environment()).toMatchObject({
    BREAKWATER_URL: 'http://localhost:4000',
    BREAKWATER_URL_SHOP_EDGE: 'http://localhost:4000',
    BREAKWATER_URL_SHOP_ORDERS_API: 'http://localhost:4001',
    BREAKWATER_OUTPUTS: '/run/outputs.json',
    AWS_ENDPOINT_URL: 'https://127.0.0.1:5000',
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: '123456789012',
    NODE_EXTRA_CA_CERTS: '/run/certificate.pem',
    AWS_CA_BUNDLE: '/run/certificate.pem',
  });
  expect(environment()).not.toHaveProperty('BREAKWATER_TOKEN');
});

test("the user's own AWS settings don't reach the command, other variables do", () => {
  const shell = { AWS_PROFILE: 'company', AWS_SESSION_TOKEN: 'x', PATH: '/bin', NO_PROXY: 'intranet' };
  const found = environment({ shell });
  expect(found).not.toHaveProperty('AWS_PROFILE');
  expect(found).not.toHaveProperty('AWS_SESSION_TOKEN');
  expect(found).toMatchObject({ PATH: '/bin', NO_PROXY: 'intranet,localhost,127.0.0.1' });
});

test('a person comes with a password and tokens, as far as the pool gives them', () => {
  const person = { username: 'a@b.example', password: 'p', sub: 's' };
  expect(environment({ person })).toMatchObject({ BREAKWATER_USERNAME: 'a@b.example', BREAKWATER_PASSWORD: 'p' });
  expect(environment({ person })).not.toHaveProperty('BREAKWATER_TOKEN');
  expect(environment({ person: { ...person, tokens: { access: 't' } } })).toMatchObject({ BREAKWATER_TOKEN: 't' });
  expect(environment({ person: { ...person, tokens: { access: 't', id: 'i' } } })).toMatchObject({
    BREAKWATER_ID_TOKEN: 'i',
  });
});

test.each([
  ['Shop/Edge/Distribution', 'SHOP_EDGE'],
  ['Shop/OrderApi/FunctionUrl', 'SHOP_ORDER_API'],
  ['Shop/api-v2', 'SHOP_API_V2'],
  ['Shop/Distribution', 'SHOP_DISTRIBUTION'],
  ['Beta/Shop/Api', 'BETA_SHOP_API'],
])('the variable of %s ends in %s', (name, expected) => {
  expect(variableName({ name })).toBe(expected);
});

test('outputs have local addresses', () => {
  expect(outputsOf(app)).toEqual({
    Shop: {
      Site: 'http://localhost:4000/',
      Host: 'localhost:4000',
      Api: 'http://localhost:4001/prod/',
      Table: 'Orders',
      PublishOutputRefTable12B5: 'referred',
      ExportsOutputFnGetAttTableArn12B5: 'referred',
    },
  });
});

test('the summary names each address, the person and the outputs', () => {
  const text = summaryOf(
    { ...app, signInUrl: 'http://localhost:4002' },
    { username: 'u', password: 'p', sub: 's' },
    2_500,
  ).join('\n');
  for (const part of [
    'http://localhost:4000  Shop/Edge/Distribution (distribution)',
    'http://localhost:4002',
    'Username  u',
    'Password  p',
    'Shop.Table  Orders',
    'Deployed Shop in 2.5 s.',
  ])
    expect(text.replace(/ +Orders/, '  Orders')).toContain(part);
  // Outputs for references of other stacks say nothing to a person.
  expect(text).not.toContain('referred');
});
