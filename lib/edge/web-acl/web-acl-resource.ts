import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';

/**
 * The web ACL's CloudFormation resource. The CDK validates a statement once for each level of its
 * nesting, and again at each rendering of the template. The validation takes a fifth of the time
 * that synth spends on resources. Here, all rules come from `aclRules`. So this class skips the
 * validation and only converts property names.
 */
export class WebAclResource extends CfnWebACL {
  protected override renderProperties({ rules, ...others }: Record<string, unknown>): Record<string, unknown> {
    return { ...super.renderProperties(others), Rules: inCapitals(rules) };
  }
}

/** Converts property names to CloudFormation's form, with a capital first letter. */
function inCapitals(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inCapitals);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name.charAt(0).toUpperCase() + name.slice(1), inCapitals(part)]),
  );
}
