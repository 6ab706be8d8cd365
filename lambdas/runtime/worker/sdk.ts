/**
 * The parts of the SQS client that the worker loop uses. A dynamic import of the whole client would
 * add all its commands to the bundle.
 */
export { ChangeMessageVisibilityCommand, DeleteMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
