import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { type Assembly, readAssembly, selectStacks } from '../../../local/assembly';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'select-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Artifacts = Record<string, object>;
const stack = (rest: object = {}, properties: object = {}) => ({
  type: 'aws:cloudformation:stack',
  properties: { templateFile: 'one.template.json', ...properties },
  ...rest,
});
const stage = (directoryName: string) => ({ type: 'cdk:cloud-assembly', properties: { directoryName } });

function assemblyOf(artifacts: Artifacts, stages: Record<string, Artifacts> = {}): Assembly {
  for (const [name, content] of Object.entries({ '': artifacts, ...stages })) {
    mkdirSync(path.join(folder, name), { recursive: true });
    writeFileSync(path.join(folder, name, 'manifest.json'), JSON.stringify({ artifacts: content }));
    writeFileSync(path.join(folder, name, 'one.template.json'), '{"Resources":{}}');
  }
  return readAssembly(folder, { account: '000000000000', region: 'us-east-1' });
}

const twoStages = () =>
  assemblyOf(
    { Alone: stack(), 'assembly-Alpha': stage('assembly-Alpha'), 'assembly-Beta': stage('assembly-Beta') },
    {
      'assembly-Alpha': { AlphaShop: stack({ displayName: 'Alpha/Shop' }, { stackName: 'Shop' }) },
      'assembly-Beta': {
        BetaShop: stack({ displayName: 'Beta/Shop', dependencies: ['BetaData'] }, { stackName: 'Shop' }),
        BetaData: stack({ displayName: 'Beta/Data' }, { stackName: 'Data' }),
      },
    },
  );
const idsOf = ({ stacks }: Assembly) => stacks.map(({ id }) => id);

test('stacks of stages are found, each after those that it depends on', () => {
  const assembly = twoStages();
  expect(idsOf(assembly)).toEqual(['Alone', 'Alpha/Shop', 'Beta/Data', 'Beta/Shop']);
  expect(assembly.stacks.at(-1)!.directory).toBe(path.join(folder, 'assembly-Beta'));
});

test.each([
  [['Beta/*'], ['Beta/Data', 'Beta/Shop']],
  [['Beta/Shop'], ['Beta/Data', 'Beta/Shop']],
  [['Data'], ['Beta/Data']],
  [['A*'], ['Alone']],
  [
    ['Alpha/**', 'Alone'],
    ['Alone', 'Alpha/Shop'],
  ],
])('%s chooses stacks by name and path, with what they depend on', (patterns, expected) => {
  expect(idsOf(selectStacks(twoStages(), patterns))).toEqual(expected);
});

test('a pattern that fits no stack is refused with the names of all', () => {
  expect(() => selectStacks(twoStages(), ['Gamma'])).toThrow(/got 'Gamma'; the app has Alone, Alpha\/Shop/);
});

test('two stacks of one name are refused, unless one of them is chosen', () => {
  expect(() => selectStacks(twoStages())).toThrow(/different names, got 'Shop' for Alpha\/Shop, Beta\/Shop/);
});

test('the same name in two Regions is no conflict', () => {
  const assembly = assemblyOf({
    East: stack({ environment: 'aws://unknown-account/us-east-1' }, { stackName: 'Shop' }),
    West: stack({ environment: 'aws://unknown-account/eu-west-1' }, { stackName: 'Shop' }),
  });
  expect(selectStacks(assembly).stacks.map(({ region }) => region)).toEqual(['us-east-1', 'eu-west-1']);
});

test('several accounts are refused with the stacks of each', () => {
  const assembly = assemblyOf({
    Shop: stack({ environment: 'aws://111111111111/us-east-1' }),
    Log: stack({ environment: 'aws://222222222222/us-east-1' }),
  });
  expect(() => selectStacks(assembly)).toThrow(/got 2; .*--stacks:\n {2}111111111111: Shop\n {2}222222222222: Log/);
  expect(idsOf(selectStacks(assembly, ['Log']))).toEqual(['Log']);
});

test('an app without stacks is refused', () => {
  expect(() => selectStacks(assemblyOf({}))).toThrow(/must have a stack/);
});
