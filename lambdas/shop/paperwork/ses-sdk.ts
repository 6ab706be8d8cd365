/**
 * The parts of the SES client that are used. A dynamic import of the whole client would add all its
 * commands to the bundle.
 */
export { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
