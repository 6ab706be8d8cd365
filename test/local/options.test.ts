import { readOptions } from '../../local/options';

test('without options the shop stays, with the day that comes with the project', () => {
  const options = readOptions([]);
  expect(options).toMatchObject({ once: false, verbose: false, port: undefined });
  expect(options.orders).toMatch(/online-retail-2010-12-01\.csv$/);
});

test('options are read', () => {
  expect(readOptions(['--once', '--orders', 'package.json', '--port', '8080'])).toMatchObject({
    once: true,
    orders: expect.stringMatching(/package\.json$/),
    port: 8080,
  });
});

test.each([
  [['--orders', 'nowhere.csv'], /--orders must name a CSV file, got 'nowhere.csv'/],
  [['--orders', 'lib'], /--orders must name a CSV file/],
  [['--port', 'x'], /--port must be a whole number from 1 to 65535, got 'x'/],
  [['--port', '70000'], /got '70000'/],
  [['--onse'], /--onse.*usage/],
])('fails in one line with %j', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
  try {
    readOptions(args);
  } catch (error) {
    expect((error as Error).message).not.toContain('\n');
  }
});
