import type { SESv2Client } from '@aws-sdk/client-sesv2';
import { NotDone } from '../../runtime';
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

/** Node's codes for a connection that wasn't made. */
const UNREACHED = new Set(['EAI_AGAIN', 'ECONNREFUSED', 'ENOTFOUND']);

/**
 * Sends a mail with SES. The first mail loads the SDK, which makes one attempt: SES has no
 * idempotency key, so a second attempt could send the mail twice.
 * @returns false if SES refuses the address or the message
 * @throws NotDone if SES refused the call, or can't be reached. SES refuses calls if the sender
 * isn't verified, or if the account is in the SES sandbox and the recipient isn't verified
 */
export async function sendMail(sender: string, mail: Mail, signal: AbortSignal): Promise<boolean> {
  client ??= import('./ses-sdk').then((sdk) => ({ sdk, ses: new sdk.SESv2Client({ maxAttempts: 1 }) }));
  const { ses, sdk } = await client;
  const command = new sdk.SendEmailCommand({
    FromEmailAddress: sender,
    Destination: { ToAddresses: [mail.to] },
    Content: {
      Simple: {
        Subject: { Data: mail.subject, Charset: 'UTF-8' },
        Body: { Text: { Data: mail.text, Charset: 'UTF-8' } },
      },
    },
  });
  try {
    await ses.send(command, { abortSignal: signal });
    return true;
  } catch (error) {
    if (!sentNothing(error)) throw error;
    if (REFUSALS.has(error.name) && !ACCOUNT_FAULT.test(error.message)) return false;
    throw new NotDone('SES did not take the mail', { cause: error });
  }
}

/**
 * Whether SES refused the call, or didn't get it. If SES got the call but no answer arrived, SES
 * may have sent the mail.
 */
function sentNothing(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { $fault, code } = error as { readonly $fault?: unknown; readonly code?: unknown };
  return $fault === 'client' || UNREACHED.has(String(code));
}
