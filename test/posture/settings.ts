import { type CfnTemplate, plain, type Resource, withoutHash } from './template';

/** Types that hold no security settings, or whose content other tests assert: texts, dashboards, code. */
const LEFT_OUT = [
  'AWS::CDK::Metadata',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::IAM::Policy',
  'AWS::KMS::Alias',
  'AWS::Lambda::Permission',
  'AWS::Lambda::Url',
  'AWS::Lambda::Version',
  'Custom::BreakwaterSite',
];
/** Properties that change with code or words, or that are shown as statements. */
const LEFT_OUT_PROPERTIES =
  /^(Description|Code|FunctionCode|Environment|PolicyDocument|KeyPolicy|AssumeRolePolicyDocument|Tags|FunctionVersion|Role|RoleArn)$|^(FunctionConfig|CachePolicyConfig|ResponseHeadersPolicyConfig|DistributionConfig)\.Comment$/;

/** How many resources of each type there are, and all property names that they have, so that an addition is seen. */
export function propertyNamesOf(template: CfnTemplate): Record<string, string> {
  const names: Record<string, Set<string>> = {};
  for (const { Type, Properties = {}, ...attributes } of Object.values(template.Resources)) {
    const known = names[Type] ?? new Set();
    names[Type] = known;
    for (const name of Object.keys(Properties)) known.add(name);
    for (const name of Object.keys(attributes)) if (!['Metadata', 'DependsOn'].includes(name)) known.add(name);
  }
  const count = (type: string) => Object.values(template.Resources).filter(({ Type }) => Type === type).length;
  return Object.fromEntries(
    Object.entries(names)
      .sort()
      .map(([type, known]) => [`${type} x ${count(type)}`, [...known].sort().join(' ')]),
  );
}

/** Every setting as "type path = value: which", resources with equal values together. */
export function settingsOf(template: CfnTemplate): string[] {
  const byType = new Map<string, [string, Resource][]>();
  for (const [id, resource] of Object.entries(template.Resources)) {
    if (LEFT_OUT.includes(resource.Type)) continue;
    byType.set(resource.Type, [...(byType.get(resource.Type) ?? []), [id, resource]]);
  }
  return [...byType]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([type, resources]) => settingsOfType(type, resources));
}

function settingsOfType(type: string, resources: readonly [string, Resource][]): string[] {
  const lines = new Map<string, string[]>();
  for (const [id, { Properties = {}, DeletionPolicy, UpdateReplacePolicy }] of resources) {
    const policies = { DeletionPolicy, UpdateReplacePolicy };
    const leaves = [...leavesOf(Properties), ...leavesOf(policies)].filter(([path]) => !isLeftOut(path));
    for (const [path, value] of leaves) {
      const line = `${type.replace('AWS::', '')} ${path} = ${value}`;
      lines.set(line, [...(lines.get(line) ?? []), withoutHash(id)]);
    }
  }
  return [...lines]
    .map(
      ([line, ids]) => `${line}: ${ids.length === resources.length && ids.length > 1 ? 'all' : ids.sort().join(', ')}`,
    )
    .sort();
}

function isLeftOut(path: string): boolean {
  const [first = '', second = ''] = path.split('.');
  return LEFT_OUT_PROPERTIES.test(first) || LEFT_OUT_PROPERTIES.test(`${first}.${second}`);
}

/** Paths and values below an object. References and lists of texts are values. */
function leavesOf(value: unknown, path = ''): [string, string][] {
  const isObject = typeof value === 'object' && value !== null;
  const isReference = isObject && Object.keys(value).every((key) => key === 'Ref' || key.startsWith('Fn::'));
  const isPlainList = Array.isArray(value) && value.every((part) => typeof part !== 'object');
  if (value === undefined) return [];
  if (!isObject || isReference || isPlainList) return [[path, plain(value)]];
  return Object.entries(value).flatMap(([key, part]) => leavesOf(part, path === '' ? key : `${path}.${key}`));
}
