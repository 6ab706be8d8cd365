/** The properties of a template's resource that decide permissions. */
interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** A statement of a policy in a template. References are still unresolved. */
export interface CallerStatement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const THROUGH_SCALING = 'application-autoscaling.amazonaws.com';

/**
 * The permissions that Application Auto Scaling requires of a caller that registers a target or
 * puts a scaling policy. It checks them for all alarms and aliases, so permissions for named alarms
 * or aliases don't suffice. Source: Application Auto Scaling User Guide, "Permissions validation
 * for API calls on target resources".
 */
const CHECKED: readonly { readonly action: string; readonly resources: RegExp }[] = [
  { action: 'cloudwatch:DescribeAlarms', resources: /^\*$/ },
  { action: 'cloudwatch:PutMetricAlarm', resources: /^\*$|:alarm:\*$/ },
  { action: 'cloudwatch:DeleteAlarms', resources: /^\*$|:alarm:\*$/ },
  { action: 'lambda:PutProvisionedConcurrencyConfig', resources: /^\*$/ },
  { action: 'lambda:GetProvisionedConcurrencyConfig', resources: /^\*$/ },
  { action: 'lambda:DeleteProvisionedConcurrencyConfig', resources: /^\*$/ },
];

/**
 * Statements of the inline policies in a template that are attached to the role of the function
 * with this environment variable.
 */
export function statementsOfCaller(
  resources: Readonly<Record<string, TemplateResource>>,
  variable: string,
): CallerStatement[] {
  const roles = Object.values(resources)
    .filter(({ Type, Properties }) => Type === 'AWS::Lambda::Function' && variable in variablesOf(Properties))
    .map(
      ({ Properties }) => (Properties?.['Role'] as { readonly 'Fn::GetAtt'?: readonly string[] })?.['Fn::GetAtt']?.[0],
    );
  return Object.values(resources)
    .filter(({ Type }) => Type === 'AWS::IAM::Policy')
    .filter(({ Properties }) => {
      const attached = (Properties?.['Roles'] ?? []) as readonly { readonly Ref?: string }[];
      return attached.some(({ Ref }) => roles.includes(Ref));
    })
    .flatMap(({ Properties }) => {
      const document = Properties?.['PolicyDocument'] as { readonly Statement?: CallerStatement[] } | undefined;
      return document?.Statement ?? [];
    });
}

/** The required actions that no statement allows. Empty if the caller has all permissions. */
export function missingRights(statements: readonly CallerStatement[]): string[] {
  return CHECKED.filter(({ action, resources }) => !statements.some((one) => allows(one, action, resources))).map(
    ({ action }) => action,
  );
}

function allows({ Effect, Action, Resource, Condition = {} }: CallerStatement, action: string, names: RegExp): boolean {
  if (Effect !== 'Allow' || ![Action].flat().includes(action)) return false;
  const isThroughScaling = Object.entries(Condition).every(
    ([operator, keys]) => operator === 'StringEquals' && Object.entries(keys).every(isCalledVia),
  );
  return isThroughScaling && [Resource].flat().some((resource) => names.test(text(resource)));
}

function isCalledVia([key, value]: [string, unknown]): boolean {
  return key === 'aws:CalledViaLast' && [value].flat().includes(THROUGH_SCALING);
}

function variablesOf(properties: TemplateResource['Properties']): object {
  return (properties?.['Environment'] as { readonly Variables?: object } | undefined)?.Variables ?? {};
}

/** Text of a value, with `<>` for each reference. */
function text(value: unknown): string {
  if (typeof value === 'string') return value;
  const join = (value as { readonly 'Fn::Join'?: readonly [string, readonly unknown[]] } | undefined)?.['Fn::Join'];
  return join === undefined ? '<>' : join[1].map(text).join(join[0]);
}
