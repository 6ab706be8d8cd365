import type { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';

let client: Promise<{ cognito: CognitoIdentityProviderClient; sdk: typeof import('./cognito-sdk') }> | undefined;

/**
 * A person's verified e-mail address in the user pool `USER_POOL_ID`. Access tokens don't carry it,
 * and an address that a page sends could be anybody's.
 * @returns undefined if the person is gone or disabled, or the address isn't verified
 */
export async function verifiedEmail(subject: string): Promise<string | undefined> {
  client ??= import('./cognito-sdk').then((sdk) => ({ sdk, cognito: new sdk.CognitoIdentityProviderClient({}) }));
  const { cognito, sdk } = await client;
  try {
    const { Enabled: enabled, UserAttributes: attributes = [] } = await cognito.send(
      new sdk.AdminGetUserCommand({ UserPoolId: process.env['USER_POOL_ID'], Username: subject }),
    );
    const value = (name: string): string | undefined => attributes.find(({ Name }) => Name === name)?.Value;
    return enabled !== false && value('email_verified') === 'true' ? value('email') : undefined;
  } catch (error) {
    if (error instanceof Error && error.name === 'UserNotFoundException') return undefined;
    throw error;
  }
}
