import type { SESv2Client } from '@aws-sdk/client-sesv2';
import type { Mail } from './mail';

let client: Promise<{ ses: SESv2Client; sdk: typeof import('./ses-sdk') }> | undefined;

/**
 * SES's error codes for a refused message. A retry of such a message can't succeed. Other errors
 * are temporary or concern the account.
 */
const REFUSALS = new Set(['MessageRejected', 'BadRequestException']);

/**
 * If the message of `MessageRejected` matches, the account is the cause: the sender isn't verified,
 * or the account is in the SES sandbox and the recipient isn't verified.
 */
const ACCOUNT_FAULT = /not verified/i;

/**
 * Sends a mail with SES. The first mail loads the SDK.
 * @returns false if SES refuses the address or the message
 * @throws Error if the sender isn't verified, if the account is in the SES sandbox and the
 * recipient isn't verified, or if the call failed
 */
export async function sendMail(sender: string, mail: Mail): Promise<boolean> {
  client ??= import('./ses-sdk').then((sdk) => ({ sdk, ses: new sdk.SESv2Client({}) }));
  const { ses, sdk } = await client;
  try {
    await ses.send(
      new sdk.SendEmailCommand({
        FromEmailAddress: sender,
        Destination: { ToAddresses: [mail.to] },
        Content: {
          Simple: {
            Subject: { Data: mail.subject, Charset: 'UTF-8' },
            Body: { Text: { Data: mail.text, Charset: 'UTF-8' } },
          },
        },
      }),
    );
    return true;
  } catch (error) {
    if (!(error instanceof Error) || !REFUSALS.has(error.name)) throw error;
    if (!ACCOUNT_FAULT.test(error.message)) return false;
    throw error;
  }
}
