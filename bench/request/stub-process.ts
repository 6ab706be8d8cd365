import { startStub } from '../coldstart/stub';

/**
 * Runs the stub of DynamoDB in a separate process, so that its CPU time isn't counted for the
 * handler.
 */
startStub().then(
  ({ url }) => process.send?.({ url }),
  () => process.exit(1),
);
process.on('disconnect', () => process.exit(0));
