import type { SESv2Client } from '@aws-sdk/client-sesv2';
import type { Mail } from './mail';

let client: Promise<{ ses: SESv2Client; sdk: typeof import('./ses-sdk') }> | undefined;

/** Sends a mail by SES; the SDK is loaded where a sender is configured only. */
export async function sendMail(sender: string, mail: Mail): Promise<void> {
  client ??= import('./ses-sdk').then((sdk) => ({ sdk, ses: new sdk.SESv2Client({}) }));
  const { ses, sdk } = await client;
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
}
