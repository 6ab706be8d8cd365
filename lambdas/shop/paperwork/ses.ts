import type { SESv2Client } from '@aws-sdk/client-sesv2';
import type { Mail } from './mail';

let client: Promise<{ ses: SESv2Client; sdk: typeof import('./ses-sdk') }> | undefined;

/**
 * SES refuses the message itself. Retrying won't help. Every other error is about the account or
 * passes.
 */
const REFUSALS = new Set(['MessageRejected', 'BadRequestException']);

/**
 * Sends a mail by SES. The SDK is loaded with the first mail.
 * @returns false if SES refuses the address or the message
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
    if (error instanceof Error && REFUSALS.has(error.name)) return false;
    throw error;
  }
}
