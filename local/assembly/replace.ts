import {
  type Change,
  isList,
  isMap,
  pathOf,
  type Resource,
  type Template,
  type Value,
  type ValueMap,
} from './template';

/** Attribute of a resource type that the emulator lacks, computed from the template instead. */
interface ComputedAttribute {
  readonly type: string;
  readonly attribute: string;
  /** Computes the value. Undefined if the resource in the template doesn't determine the value. */
  readonly value: (logicalId: string, resource: Resource) => Value | undefined;
}

const COMPUTED: readonly ComputedAttribute[] = [
  { type: 'AWS::EC2::VPC', attribute: 'CidrBlock', value: (_, { Properties }) => Properties?.['CidrBlock'] },
  { type: 'AWS::EC2::VPC', attribute: 'CidrBlockAssociations', value: () => [] },
  { type: 'AWS::EC2::VPC', attribute: 'Ipv6CidrBlocks', value: () => [] },
  {
    type: 'AWS::Cognito::UserPool',
    attribute: 'ProviderURL',
    value: (logicalId) => ({
      'Fn::Sub': `https://cognito-idp.\${AWS::Region}.\${AWS::URLSuffix}/\${${logicalId}}`,
    }),
  },
];

/**
 * Replaces references to attributes that the local AWS emulator lacks by values from the template.
 * Examples are the address block of a VPC and the issuer of a user pool.
 */
export function replaceAttributes(template: Template): { readonly template: Template; readonly replaced: Change[] } {
  const values = new Map<string, Value>();
  const changes = new Map<string, Change>();
  for (const [logicalId, resource] of Object.entries(template.Resources)) {
    for (const { type, attribute, value } of COMPUTED) {
      const known = type === resource.Type ? value(logicalId, resource) : undefined;
      if (known === undefined) continue;
      const key = `${logicalId}.${attribute}`;
      values.set(key, known);
      const what = `its ${attribute} is taken from the template, because the emulator has none`;
      changes.set(key, { logicalId, path: pathOf(logicalId, resource), type, what });
    }
  }
  const used = new Set<string>();
  const result = replaceGetAtt(template as unknown as ValueMap, (key) => {
    if (values.has(key)) used.add(key);
    return values.get(key);
  });
  if (used.size === 0) return { template, replaced: [] };
  return { template: result as unknown as Template, replaced: [...used].map((key) => changes.get(key)!) };
}

/**
 * Replaces `Fn::GetAtt` in a value.
 * @param newValue the new value of `Name.Attribute`; undefined keeps the reference
 */
export function replaceGetAtt(value: Value, newValue: (key: string) => Value | undefined): Value {
  if (isList(value)) return value.map((one) => replaceGetAtt(one, newValue));
  if (!isMap(value)) return value;
  const getAtt = value['Fn::GetAtt'];
  const key = isList(getAtt) ? getAtt.join('.') : getAtt;
  const replacement = typeof key === 'string' ? newValue(key) : undefined;
  if (replacement !== undefined) return replacement;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, replaceGetAtt(inner, newValue)]));
}
