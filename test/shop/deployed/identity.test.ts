import { requireOwnSignIn, signInTestPerson } from '../../../shop/deployed/identity';

const domain = (physicalId: string) => ({ type: 'AWS::Cognito::UserPoolDomain', physicalId, logicalId: 'Domain' });

test.each([
  ['https://shop-1.auth.eu-west-1.amazoncognito.com', 'shop-1'],
  ['https://sign-in.example.com', 'sign-in.example.com'],
])('the secret of a client goes to %s, a domain of the pool', (url, id) => {
  expect(() => requireOwnSignIn(url, 'eu-west-1', [domain(id)])).not.toThrow();
});

test.each([
  ['http://shop-1.auth.eu-west-1.amazoncognito.com', [domain('shop-1')]],
  ['https://shop-1.auth.eu-west-1.amazoncognito.com.evil.example', [domain('shop-1')]],
  ['https://other.auth.eu-west-1.amazoncognito.com', [domain('shop-1')]],
  ['https://shop-1.auth.eu-west-1.amazoncognito.com', []],
])('and not to %s', (url, resources) => {
  expect(() => requireOwnSignIn(url, 'eu-west-1', resources)).toThrow(
    /must be the address of the pool's domain, .*, got /,
  );
});

/** A pool that knows its persons and clients, as far as the checks call it. */
function pool(refused = '') {
  const held = new Set<string>();
  const calls: Record<string, (input: Record<string, string>) => object> = {
    CreateUserPoolClientCommand: ({ ClientName }) => {
      held.add(ClientName!);
      return { UserPoolClient: { ClientId: ClientName } };
    },
    AdminCreateUserCommand: ({ Username }) => held.add(Username!),
    AdminDeleteUserCommand: ({ Username }) => ({ gone: held.delete(Username!) }),
    DeleteUserPoolClientCommand: ({ ClientId }) => ({ gone: held.delete(ClientId!) }),
    AdminInitiateAuthCommand: () => ({ AuthenticationResult: { AccessToken: 'token' } }),
  };
  const send = async (command: { constructor: { name: string }; input: Record<string, string> }) => {
    const { name } = command.constructor;
    await new Promise((resolve) => setImmediate(resolve));
    if (refused !== '' && name.startsWith(refused)) throw new Error('denied');
    return calls[name]?.(command.input) ?? {};
  };
  const lines: string[] = [];
  const atSignal: (() => Promise<void>)[] = [];
  const person = signInTestPerson({ cognito: { send } as never }, 'pool', {
    atSignal: (work) => void atSignal.push(work),
    line: (text) => lines.push(text),
  });
  return { held, lines, atSignal, person };
}

test('the person and the client are gone after the checks', async () => {
  const { held, lines, person } = pool();
  const { token, remove } = await person;
  expect([token, held.size]).toEqual(['token', 2]);
  await remove();
  expect([held.size, lines]).toEqual([0, []]);
});

test('a signal removes them too, also while they are made', async () => {
  const { held, lines, atSignal, person } = pool();
  expect(atSignal).toHaveLength(1);
  await atSignal[0]!();
  const { remove } = await person;
  expect(held.size).toBe(0);
  await remove();
  expect([held.size, lines]).toEqual([0, []]);
});

test('a sign-in that fails leaves nothing', async () => {
  const { held, person } = pool('AdminInitiateAuth');
  await expect(person).rejects.toThrow('denied');
  expect(held.size).toBe(0);
});

test('what can’t be removed is named', async () => {
  const { held, lines, person } = pool('AdminDeleteUser');
  await (await person).remove();
  const [left] = held;
  expect(held.size).toBe(1);
  expect(lines).toEqual([
    `the person ${left} remains in the user pool, because it can't be removed: denied; remove it yourself`,
  ]);
});
