/**
 * Only what the worker loop uses: a dynamic import of the whole client would keep every command of
 * it in the package.
 */
export { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs';
