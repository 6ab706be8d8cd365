import { type AssemblyStack, missingParameters, parametersOf, parseParameters } from '../../../local/assembly';

const stack = (parameters: Record<string, string> = {}): AssemblyStack => ({
  id: 'Beta/Shop',
  name: 'BetaShop',
  account: '1',
  region: 'r',
  directory: '',
  assetManifests: [],
  annotations: [],
  dependsOn: [],
  tags: {},
  parameters,
  templateFile: '',
  nested: new Map(),
  template: {
    Resources: {},
    Parameters: { email: { Type: 'String' }, size: { Type: 'Number', Default: 3 }, app: { Type: 'String' } },
  },
});

test('values apply to every stack or to a named one, and replace those of the app', () => {
  const given = parseParameters(['size=1', 'BetaShop:email=a@b.example=x:y', 'Other:size=9', 'unknown=1']);
  expect(parametersOf(stack({ app: 'theirs', size: '2' }), given)).toEqual({
    app: 'theirs',
    size: '1',
    email: 'a@b.example=x:y',
  });
  expect(parametersOf(stack(), parseParameters(['Beta/Shop:app=mine']))).toEqual({ app: 'mine' });
});

test('a parameter without value and default is refused with the option that gives one', () => {
  expect(missingParameters(stack(), { app: 'a' })).toEqual([
    {
      path: 'Beta/Shop: parameter email',
      type: 'String',
      why: expect.stringMatching(/--parameters Beta\/Shop:email=VALUE/),
    },
  ]);
});

test('a text without = is refused', () => {
  expect(() => parseParameters(['email'])).toThrow(/NAME=VALUE.*got 'email'/);
});
