import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { LocalError } from '../../local/local-error';
import { HELP, readOptions } from '../../shop/options';

test('without options the shop stays, with the day that comes with the project', () => {
  const options = readOptions([]);
  expect(options).toMatchObject({ once: false, verbose: false, port: undefined });
  expect(options?.orders).toMatch(/online-retail-2010-12-01\.csv$/);
});

const folder = mkdtempSync(path.join(tmpdir(), 'orders-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file with that in it. */
function fileOf(text: string): string {
  const file = path.join(folder, 'orders.csv');
  writeFileSync(file, text);
  return file;
}

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';

test.each(['--help', '-h'])('%s asks for help, whatever else is there', (option) => {
  expect(readOptions([option, '--port', 'x'])).toBeUndefined();
});

test('each option that --help lists is known, and none of npx breakwater dev is', () => {
  const names = [...new Set(HELP.match(/--[a-z-]+/g))];
  expect(names).toEqual(expect.arrayContaining(['--once', '--orders', '--record', '--stack', '--no-flood']));
  const fault = (...args: string[]) => {
    try {
      return void readOptions(args);
    } catch (error) {
      return (error as Error).message;
    }
  };
  for (const name of names) expect(`${fault(name, '1')} ${fault(name)}`).not.toMatch(/Unknown option/);
  expect(fault('--seed', 'x')).toMatch(/Unknown option '--seed'.*usage/);
});

test('options are read', () => {
  const file = fileOf(`${HEADER}\n1,A,X,1,12/1/2010 8:26,1,7,EIRE`);
  expect(readOptions(['--once', '--orders', file, '--port', '8080'])).toMatchObject({
    once: true,
    orders: file,
    port: 8080,
  });
});

test('faults of the replay are read, and there are none by default', () => {
  const args = ['--kill-workers', '2', '--kill-relay', '3', '--freeze', '4', '--partner-down', '90'];
  expect(readOptions(args)).toMatchObject({ killWorkers: 2, killRelay: 3, freeze: 4, partnerDown: 90 });
  expect(readOptions([])).toMatchObject({ killWorkers: 0, killRelay: 0, freeze: 0, partnerDown: 0 });
});

test('a stack of an account is read with its Region, profile and address', () => {
  expect(readOptions(['--stack', 'Shop'])?.deployed).toMatchObject({ stack: 'Shop', region: 'us-east-1', flood: true });
  const args = [
    '--stack',
    'Shop',
    '--region',
    'eu-west-1',
    '--profile',
    'dev',
    '--edge',
    'https://x.example/',
    '--no-flood',
  ];
  expect(readOptions(args)?.deployed).toMatchObject({
    region: 'eu-west-1',
    profile: 'dev',
    edgeUrl: 'https://x.example/',
    flood: false,
  });
});

test.each([
  [['--freeze', '101'], /--freeze must be a whole number from 0 to 100, got '101'/],
  [['--partner-down', '3601'], /--partner-down must be a whole number from 0 to 3600, got '3601'/],
  [['--kill-relay', '1', '--stack', 'Shop'], /--kill-relay is for the shop on this machine/],
  [['--orders', 'nowhere.csv'], /--orders must name a CSV file, got 'nowhere.csv', which isn't there/],
  [['--orders', 'lib'], /--orders must name a CSV file, got 'lib', which is a folder, not a file/],
  [['--port', 'x'], /--port must be a whole number from 1 to 65535, got 'x'/],
  [['--port', '70000'], /got '70000'/],
  [['--onse'], /--onse.*usage/],
  [['--stack', 'Shop', '--once'], /--once is for the shop on this machine, not for --stack/],
  [['--profile', 'dev'], /--profile needs --stack NAME;/],
  [['--stack', 'Shop', '--edge', 'd111.cloudfront.net'], /--edge must be an address without a path/],
])('fails in one line with %j', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
  try {
    readOptions(args);
  } catch (error) {
    expect((error as Error).message).not.toContain('\n');
  }
});

test.each([
  ['', 'it must have a header and invoices, but it is empty'],
  [HEADER, 'it must have invoices'],
  [HEADER.replace('UnitPrice', 'Price'), 'record 1 must name the columns'],
  [`${HEADER}\n1,A,"X`, 'record 2, field Description'],
])('fails before anything starts, in one line, when the orders file is %j', (text, message) => {
  const file = fileOf(text);
  const read = () => readOptions(['--orders', file]);
  expect(read).toThrow(LocalError);
  expect(read).toThrow(`orders file '${file}': `);
  expect(read).toThrow(message);
  expect(read).not.toThrow('\n');
});
