/**
 * Only what the mail uses: a dynamic import of the whole client would keep every command of it in
 * the package.
 */
export { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
