import { startStub } from '../coldstart/stub';

/** DynamoDB's stub in a process of its own, so that its time isn't counted as the handler's. */
startStub().then(
  ({ url }) => process.send?.({ url }),
  () => process.exit(1),
);
process.on('disconnect', () => process.exit(0));
