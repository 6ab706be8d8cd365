import { verifiedEmail } from '../../lambdas/shop/paperwork';

const answer = jest.fn();
jest.mock('../../lambdas/shop/paperwork/cognito-sdk', () => ({
  AdminGetUserCommand: class {
    constructor(readonly input: object) {}
  },
  CognitoIdentityProviderClient: class {
    send = async ({ input }: { input: object }) => answer(input);
  },
}));

const person = (verified: string | undefined, more: object = {}) => ({
  Enabled: true,
  UserAttributes: [
    { Name: 'email', Value: 'anne@example.com' },
    ...(verified === undefined ? [] : [{ Name: 'email_verified', Value: verified }]),
  ],
  ...more,
});
const failure = (name: string) => Object.assign(new Error('no'), { name });

beforeEach(() => {
  answer.mockReset();
  process.env['USER_POOL_ID'] = 'us-east-1_shop';
});

test('asks the pool of the shop for the person of the token', async () => {
  answer.mockReturnValue(person('true'));
  expect(await verifiedEmail('sub-1')).toBe('anne@example.com');
  expect(answer).toHaveBeenCalledWith({ UserPoolId: 'us-east-1_shop', Username: 'sub-1' });
});

test.each([
  ['an unverified address', person('false')],
  ['an address that nobody has begun to verify', person(undefined)],
  ['a disabled person', person('true', { Enabled: false })],
  ['a person without attributes', { Enabled: true }],
])('%s gets no mail', async (_, user) => {
  answer.mockReturnValue(user);
  expect(await verifiedEmail('sub-1')).toBeUndefined();
});

test('a person that no longer exists gets no mail', async () => {
  answer.mockRejectedValue(failure('UserNotFoundException'));
  expect(await verifiedEmail('sub-1')).toBeUndefined();
});

test('an answer that failed is an error, so that the message is delivered again', async () => {
  answer.mockRejectedValue(failure('TooManyRequestsException'));
  await expect(verifiedEmail('sub-1')).rejects.toThrow('no');
});
