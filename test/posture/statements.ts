import { type CfnTemplate, plain, withoutHash } from './template';

/** One statement of a policy, wherever in the template it is. */
export interface FoundStatement {
  /** Logical id of its resource. */
  readonly resource: string;
  readonly type: string;
  /** Property that contains it. */
  readonly property: string;
  readonly statement: Readonly<Record<string, unknown>>;
}

const FIELDS = [
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
  'Sid',
];

/** Every policy statement anywhere in a template: an object with `Effect`, at any depth of any resource. */
export function statementsOf(template: CfnTemplate): FoundStatement[] {
  return Object.entries(template.Resources).flatMap(([resource, { Type: type, Properties = {} }]) =>
    Object.entries(Properties).flatMap(([property, value]) =>
      objectsIn(value)
        .filter((object) => typeof object['Effect'] === 'string')
        .map((statement) => ({ resource, type, property, statement })),
    ),
  );
}

function objectsIn(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = Array.isArray(value) ? [] : [value as Record<string, unknown>];
  return [...own, ...Object.values(value).flatMap(objectsIn)];
}

/** Every right of a template as "who: what, on what, if". Sorted, so that order alone changes nothing. */
export function rightsOf(template: CfnTemplate): string[] {
  const statements = statementsOf(template).map((found) => `${holderOf(template, found)}: ${textOf(found.statement)}`);
  return [...statements, ...permissionsOf(template), ...attachmentsOf(template)].sort();
}

/** The holder of a statement: the roles of a policy, or the resource whose policy it is. */
function holderOf(template: CfnTemplate, { resource, type, property }: FoundStatement): string {
  const { Roles, Users, Groups, Queues, Topics, Bucket } = (template.Resources[resource]?.Properties ?? {}) as Record<
    string,
    unknown
  >;
  const attached = [Roles, Users, Groups, Queues, Topics].flatMap((list) => (Array.isArray(list) ? list : []));
  const names = [...attached, ...(Bucket === undefined ? [] : [Bucket])].map(plain).join(' + ');
  const kind = type.replace(/^AWS::/, '');
  return `${names === '' ? `\${${withoutHash(resource)}}` : names} (${kind} ${property})`;
}

function textOf(statement: Readonly<Record<string, unknown>>): string {
  const unknown = Object.keys(statement).filter((field) => !FIELDS.includes(field));
  const list = (value: unknown) => (Array.isArray(value) ? value : [value]).map(plain).join(' ');
  const parts = [
    String(statement['Effect']),
    ...['Action', 'NotAction'].flatMap((field) => part(statement, field, list, field === 'Action' ? '' : 'all but ')),
    ...['Resource', 'NotResource'].flatMap((field) =>
      part(statement, field, list, field === 'Resource' ? 'on ' : 'on all but '),
    ),
    ...part(statement, 'Principal', plain, 'for '),
    ...part(statement, 'NotPrincipal', plain, 'for all but '),
    ...part(statement, 'Condition', plain, 'if '),
    ...unknown.map((field) => `${field}=${plain(statement[field])}`),
  ];
  return parts.join(' ');
}

function part(
  statement: Readonly<Record<string, unknown>>,
  field: string,
  show: (value: unknown) => string,
  before: string,
): string[] {
  return statement[field] === undefined ? [] : [`${before}${show(statement[field])}`];
}

/** Lambda's resource policies, and who a function's URL lets in. */
function permissionsOf(template: CfnTemplate): string[] {
  return Object.entries(template.Resources).flatMap(([id, { Type, Properties = {} }]) => {
    if (Type !== 'AWS::Lambda::Permission' && Type !== 'AWS::Lambda::Url') return [];
    const fields = Object.entries(Properties).map(([name, value]) => `${name}=${plain(value)}`);
    return [`\${${withoutHash(id)}} (${Type.replace(/^AWS::/, '')}): ${fields.sort().join(' ')}`];
  });
}

/** Roles of functions and schedules, and managed policies of roles. */
function attachmentsOf(template: CfnTemplate): string[] {
  return Object.entries(template.Resources).flatMap(([id, { Type, Properties = {} }]) => {
    const roles = objectsIn(Properties).flatMap(({ Role, RoleArn }) =>
      [Role, RoleArn].filter((role) => role !== undefined),
    );
    const runs = roles.map((role) => `\${${withoutHash(id)}} runs as ${plain(role)}`);
    if (Type !== 'AWS::IAM::Role') return runs;
    const { AssumeRolePolicyDocument, Description, Policies, ...others } = Properties;
    return [
      ...runs,
      ...Object.entries(others).map(([name, value]) => `\${${withoutHash(id)}} has ${name} ${plain(value)}`),
    ];
  });
}
