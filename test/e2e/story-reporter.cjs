/** Jest's reporter for `launch.ts --story`: a line for each check, and of a failure all there is. The story itself is the test's. */
module.exports = class StoryReporter {
  onTestCaseResult(_test, { status, title }) {
    process.stdout.write(`        ${status === 'passed' ? 'ok' : status.toUpperCase()}  ${title}\n`);
  }

  onTestResult(_test, { failureMessage, testExecError }) {
    if (failureMessage ?? testExecError) process.stdout.write(`\n${failureMessage ?? testExecError.message}\n`);
  }

  onRunComplete(_contexts, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, startTime }) {
    const seconds = Math.round((Date.now() - startTime) / 1000);
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    process.stdout.write(`${numPassedTests} checks passed, ${failed} failed, in ${seconds} s\n`);
  }
};
