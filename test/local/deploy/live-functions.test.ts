import { comparable } from '../../../cli/dev/code/comparable';
import type { Template } from '../../../local/assembly';
import { moduleNames } from '../../../local/deploy';

test('a module has the shortest end of its path that no other function has', () => {
  const paths = [
    'Shop/Shop/Search/Function',
    'Shop/Orders/Handler/Resource',
    'Shop/Admin/Orders/Function',
    'Shop/Function',
  ];
  expect([...moduleNames(paths).values()]).toEqual(['Search', 'Shop/Orders', 'Admin/Orders', 'Shop']);
});

const HASHES = ['a', 'b', 'c'].map((letter) => letter.repeat(64));

function stack(codeHash: string, version: string, more: object = {}, layer = HASHES[2]!) {
  const template: Template = {
    Resources: {
      Search: {
        Type: 'AWS::Lambda::Function',
        Metadata: { 'aws:asset:path': `asset.${codeHash}` },
        Properties: { Code: { S3Bucket: 'assets', S3Key: `${codeHash}.zip` }, MemorySize: 128, ...more },
      },
      [version]: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Search' } } },
      Live: {
        Type: 'AWS::Lambda::Alias',
        Properties: { FunctionVersion: { 'Fn::GetAtt': [version, 'Version'] } },
      },
      Layer: { Type: 'AWS::Lambda::LayerVersion', Properties: { Content: { S3Key: `${layer}.zip` } } },
    },
  };
  const common = { id: 'Shop', name: 'Shop', templateFile: 'Shop.template.json', parameters: {}, tags: {} };
  return [{ ...common, template, nested: new Map() }];
}

const all = () => true;

test('stacks that differ by code alone are equal, with the version that its hash names', () => {
  expect(comparable(stack(HASHES[0]!, 'VersionA'), all)).toBe(comparable(stack(HASHES[1]!, 'VersionB'), all));
});

test.each([
  ['a property', stack(HASHES[1]!, 'VersionB', { MemorySize: 256 }), all],
  ['an asset that is no function’s code', stack(HASHES[1]!, 'VersionB', {}, HASHES[0]), all],
  ['code that only a synth can build', stack(HASHES[1]!, 'VersionB'), () => false],
])('%s is a difference', (_, other, isSwappable) => {
  const same = isSwappable as (hash: string) => boolean;
  expect(comparable(other, same)).not.toBe(comparable(stack(HASHES[0]!, 'VersionA'), same));
});
