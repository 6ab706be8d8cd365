/**
 * Unit tests synthesize hundreds of stacks: the CDK's own template validation takes seconds for each,
 * so here it is off; `npm test` runs it once over the shop (scripts/scan-app.ts).
 */
process.env['CDK_VALIDATION'] = 'false';

/** The tests are about the timeouts of the product. */
delete process.env['BREAKWATER_TIMEOUT_FACTOR'];

/** Jest collects 100 frames for each error, and the CDK makes errors to remember where a construct was made. */
Error.stackTraceLimit = 20;
