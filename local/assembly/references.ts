import { isList, isMap, type Template, type Value } from './template';

const PSEUDO_PARAMETER = /^AWS::/;
const SUB_VARIABLE = /\$\{([^!}][^}]*)\}/g;

/**
 * Finds references to names that a template doesn't define: `Ref`, `Fn::GetAtt`, `Fn::Sub`,
 * `DependsOn` and conditions, in resources, conditions, rules and outputs. CloudFormation refuses
 * them; the local AWS emulator accepts them silently.
 * @returns one line for each reference: its place and its target
 */
export function danglingReferences(template: Template): string[] {
  const names = new Set([...Object.keys(template.Resources), ...Object.keys(template.Parameters ?? {})]);
  const conditions = new Set(Object.keys(template.Conditions ?? {}));
  const found: string[] = [];

  const needName = (name: string, where: string, how: string): void => {
    if (!PSEUDO_PARAMETER.test(name) && !names.has(name)) found.push(`${where}: ${how} of ${name}`);
  };
  const needCondition = (name: Value | undefined, where: string): void => {
    if (typeof name === 'string' && !conditions.has(name)) found.push(`${where}: condition ${name}`);
  };

  const walk = (value: Value | undefined, where: string): void => {
    if (isList(value)) {
      for (const [i, element] of value.entries()) walk(element, `${where}[${i}]`);
      return;
    }
    if (!isMap(value)) return;
    const { Ref: ref, 'Fn::GetAtt': getAtt, 'Fn::Sub': sub, 'Fn::If': choice, Condition: condition } = value;
    if (typeof ref === 'string') needName(ref, where, 'Ref');
    if (typeof getAtt === 'string') needName(getAtt.split('.')[0]!, where, 'Fn::GetAtt');
    if (isList(getAtt) && typeof getAtt[0] === 'string') needName(getAtt[0], where, 'Fn::GetAtt');
    if (sub !== undefined) {
      const [text, variables] = isList(sub) ? sub : [sub];
      const own = isMap(variables) ? Object.keys(variables) : [];
      for (const [, variable] of String(text).matchAll(SUB_VARIABLE)) {
        const name = variable!.trim().split('.')[0]!;
        if (!own.includes(name)) needName(name, where, 'Fn::Sub');
      }
    }
    if (isList(choice)) needCondition(choice[0], where);
    // `{"Condition": "X"}` alone refers to the condition X. Beside other keys, as in IAM
    // statements, it doesn't.
    if (typeof condition === 'string' && Object.keys(value).length === 1) needCondition(condition, where);
    for (const [name, element] of Object.entries(value)) walk(element, `${where}.${name}`);
  };

  for (const [logicalId, resource] of Object.entries(template.Resources)) {
    walk(resource.Properties, logicalId);
    needCondition(resource.Condition, logicalId);
    for (const name of [resource.DependsOn ?? []].flat()) needName(name, logicalId, 'DependsOn');
  }
  for (const [name, condition] of Object.entries(template.Conditions ?? {})) walk(condition, `condition ${name}`);
  walk(template.Rules, 'rules');
  for (const [name, output] of Object.entries(template.Outputs ?? {})) {
    walk(output, `output ${name}`);
    if (isMap(output)) needCondition(output['Condition'], `output ${name}`);
  }
  return found;
}
