import type { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';

let client: Promise<{ cognito: CognitoIdentityProviderClient; sdk: typeof import('./cognito-sdk') }> | undefined;

/**
 * Reads a person's verified e-mail address from the user pool `USER_POOL_ID`. Access tokens don't
 * contain the address, and an address that the page sends could belong to someone else.
 * @returns undefined if the person was deleted or disabled, or if the address isn't verified
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
