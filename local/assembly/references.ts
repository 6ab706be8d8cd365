import { isList, isMap, type Resource, type Template, type Value } from './template';

const PSEUDO_PARAMETER = /^AWS::/;
const SUB_VARIABLE = /\$\{([^!}][^}]*)\}/g;

/** A reference of a template's value to a resource or parameter. */
export interface Reference {
  readonly name: string;
  /** Attribute of `Fn::GetAtt` or `Fn::Sub`. */
  readonly attribute?: string;
  readonly how: 'Ref' | 'Fn::GetAtt' | 'Fn::Sub' | 'DependsOn';
  /** Place of the reference: `Mine.Policies[0].Statement`. */
  readonly where: string;
}

/** All references of a value by `Ref`, `Fn::GetAtt` and `Fn::Sub`, without pseudo parameters. */
export function referencesIn(value: Value | undefined, where = ''): Reference[] {
  if (isList(value)) return value.flatMap((element, i) => referencesIn(element, `${where}[${i}]`));
  if (!isMap(value)) return [];
  const { Ref: ref, 'Fn::GetAtt': getAtt, 'Fn::Sub': sub } = value;
  const found: Reference[] = [];
  if (typeof ref === 'string') found.push({ name: ref, how: 'Ref', where });
  if (typeof getAtt === 'string') found.push({ ...nameAndAttribute(getAtt), how: 'Fn::GetAtt', where });
  if (isList(getAtt) && typeof getAtt[0] === 'string') {
    found.push({ name: getAtt[0], attribute: String(getAtt[1]), how: 'Fn::GetAtt', where });
  }
  if (sub !== undefined) {
    const [text, variables] = isList(sub) ? sub : [sub];
    const own = isMap(variables) ? Object.keys(variables) : [];
    for (const [, variable] of String(text).matchAll(SUB_VARIABLE)) {
      const named = nameAndAttribute(variable!.trim());
      if (!own.includes(named.name)) found.push({ ...named, how: 'Fn::Sub', where });
    }
  }
  for (const [name, element] of Object.entries(value)) found.push(...referencesIn(element, `${where}.${name}`));
  return found.filter(({ name }) => !PSEUDO_PARAMETER.test(name));
}

/** All references of a resource, including `DependsOn`. */
export function referencesOf(logicalId: string, resource: Resource): Reference[] {
  const after = [resource.DependsOn ?? []].flat();
  return [
    ...referencesIn(resource.Properties, logicalId),
    ...after.map((name): Reference => ({ name, how: 'DependsOn', where: logicalId })),
  ];
}

function nameAndAttribute(text: string): { readonly name: string; readonly attribute?: string } {
  const [name, ...attribute] = text.split('.');
  return attribute.length === 0 ? { name: name! } : { name: name!, attribute: attribute.join('.') };
}

/**
 * Finds references to names that a template doesn't define: `Ref`, `Fn::GetAtt`, `Fn::Sub`,
 * `DependsOn` and conditions, in resources, conditions, rules and outputs. CloudFormation refuses
 * them, but the local AWS emulator accepts them.
 * @returns one line for each reference: its place and its target
 */
export function danglingReferences(template: Template): string[] {
  const names = new Set([...Object.keys(template.Resources), ...Object.keys(template.Parameters ?? {})]);
  const conditions = new Set(Object.keys(template.Conditions ?? {}));
  const needNames = (references: readonly Reference[]): string[] =>
    references.filter(({ name }) => !names.has(name)).map(({ where, how, name }) => `${where}: ${how} of ${name}`);
  const needCondition = (name: Value | undefined, where: string): string[] =>
    typeof name === 'string' && !conditions.has(name) ? [`${where}: condition ${name}`] : [];
  const conditionsIn = (value: Value | undefined, where: string): string[] => {
    if (isList(value)) return value.flatMap((element, i) => conditionsIn(element, `${where}[${i}]`));
    if (!isMap(value)) return [];
    const { 'Fn::If': choice, Condition: condition } = value;
    // An object with only the key `Condition` refers to a condition. With other keys, as in IAM
    // statements, it doesn't.
    const alone = typeof condition === 'string' && Object.keys(value).length === 1;
    return [
      ...(isList(choice) ? needCondition(choice[0], where) : []),
      ...(alone ? needCondition(condition, where) : []),
      ...Object.entries(value).flatMap(([name, element]) => conditionsIn(element, `${where}.${name}`)),
    ];
  };
  const inValue = (value: Value | undefined, where: string): string[] => [
    ...needNames(referencesIn(value, where)),
    ...conditionsIn(value, where),
  ];

  return [
    ...Object.entries(template.Resources).flatMap(([logicalId, resource]) => [
      ...needNames(referencesOf(logicalId, resource)),
      ...conditionsIn(resource.Properties, logicalId),
      ...needCondition(resource.Condition, logicalId),
    ]),
    ...Object.entries(template.Conditions ?? {}).flatMap(([name, value]) => inValue(value, `condition ${name}`)),
    ...inValue(template.Rules, 'rules'),
    ...Object.entries(template.Outputs ?? {}).flatMap(([name, output]) => [
      ...inValue(output, `output ${name}`),
      ...(isMap(output) ? needCondition(output['Condition'], `output ${name}`) : []),
    ]),
  ];
}
