import { pathToFileURL } from 'node:url';

/**
 * Starts a bundle like Lambda's runtime does: it loads the bundle and calls its handler once. Then
 * it prints the times from the start of the process until the bundle is loaded, and until the
 * answer.
 */
const [bundle, event] = process.argv.slice(2); // without an event, the bundle is only loaded
const before = performance.now();
const { handler } = await import(pathToFileURL(bundle).href);
const load = performance.now() - before;
const context = {
  functionName: 'bench',
  functionVersion: '1',
  memoryLimitInMB: '512',
  awsRequestId: 'c0ffee00-0000-4000-8000-000000000000',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:111122223333:function:bench:live',
  getRemainingTimeInMillis: () => 10_000,
};
const answer = event === undefined ? undefined : await handler(JSON.parse(event), context);
const first = performance.now();
process.stdout.write(`\n${JSON.stringify({ load, first, rssMb: process.resourceUsage().maxRSS / 1024, answer })}\n`);
process.exit(0);
