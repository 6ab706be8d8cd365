import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';

/**
 * The web ACL's CloudFormation resource. The CDK checks a statement once for each level that it is
 * nested in, and again at each rendering of the template: a fifth of all the time that a synth
 * spends on resources. These rules come from `aclRules` alone, so only their names are converted.
 */
export class WebAclResource extends CfnWebACL {
  protected override renderProperties({ rules, ...others }: Record<string, unknown>): Record<string, unknown> {
    return { ...super.renderProperties(others), Rules: inCapitals(rules) };
  }
}

/** Names of properties as CloudFormation writes them. */
function inCapitals(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inCapitals);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name.charAt(0).toUpperCase() + name.slice(1), inCapitals(part)]),
  );
}
