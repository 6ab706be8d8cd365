import { Report } from '../../local/report';

/** A report to a stream that is no terminal, and its output. */
function log(isTTY = false) {
  const written: string[] = [];
  const out = { isTTY, columns: 80, write: (text: string) => written.push(text) > 0 };
  return { report: new Report(out as unknown as NodeJS.WriteStream), written };
}

beforeEach(() => jest.useFakeTimers({ now: 0 }));
afterEach(() => jest.useRealTimers());

test('a phase shows once in a log', async () => {
  const { report, written } = log();
  await report.phase('deploy', async () => report.progress('deploy Shop: 1 of 9'));
  expect(written).toEqual([expect.stringMatching(/^deploy +0\.0 s\n$/)]);
});

test('without a terminal, progress is written only after 5 seconds without output', () => {
  const { report, written } = log();
  report.progress('orders: 1');
  jest.setSystemTime(5_000);
  report.progress('orders: 2');
  report.progress('orders: 3');
  expect(written).toEqual(['  orders: 2\n']);
});

test('a terminal gets every line of progress, each in place of the last', () => {
  const { report, written } = log(true);
  report.progress('orders: 1');
  report.progress('orders: 2');
  expect(written.map((text) => text.startsWith('\r'))).toEqual([true, true]);
});
