import { Token } from 'aws-cdk-lib';
import { WAF } from '../../limits';
import { BreakwaterError, shown } from '../../validation';

/**
 * A group of rules that AWS updates. AWS sets the group's capacity when it publishes the group:
 * https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
 */
export class ManagedRuleGroup {
  /**
   * Blocks common attacks on web applications. The group's limit of 8 KiB for bodies applies only
   * to routes that don't allow larger bodies.
   */
  public static readonly COMMON = new ManagedRuleGroup('AWSManagedRulesCommonRuleSet', 700);
  /** Blocks requests that are known to exploit vulnerabilities. */
  public static readonly KNOWN_BAD_INPUTS = new ManagedRuleGroup('AWSManagedRulesKnownBadInputsRuleSet', 200);
  /** Blocks IP addresses with a bad reputation. */
  public static readonly IP_REPUTATION = new ManagedRuleGroup('AWSManagedRulesAmazonIpReputationList', 25);
  /**
   * Blocks IP addresses of anonymizers and hosting providers. It also blocks legitimate callers.
   */
  public static readonly ANONYMOUS_IP = new ManagedRuleGroup('AWSManagedRulesAnonymousIpList', 50);
  /**
   * Blocks SQL in requests. It isn't one of the default groups, because modules of this library use
   * no SQL.
   */
  public static readonly SQL_INJECTION = new ManagedRuleGroup('AWSManagedRulesSQLiRuleSet', 200);

  /**
   * Another managed rule group of AWS.
   * @param groupName name of the group: `AWSManagedRules...`
   * @param capacity capacity units of the group, as `aws wafv2 describe-managed-rule-group` prints
   * them
   * @throws BreakwaterError if an argument is a CDK token, if the name isn't 1 to 128 letters,
   * digits, `-` and `_`, or if the capacity isn't a whole number from 1 to 5,000
   */
  public static of(groupName: string, capacity: number): ManagedRuleGroup {
    if (Token.isUnresolved(groupName) || Token.isUnresolved(capacity)) {
      throw new BreakwaterError(
        'ManagedRuleGroup.of: groupName and capacity must be literals, got a token: synth sums the capacity',
      );
    }
    if (typeof groupName !== 'string' || !/^[\w-]{1,128}$/.test(groupName)) {
      throw new BreakwaterError(
        `ManagedRuleGroup.of: groupName must be 1 to 128 letters, digits, '-' and '_', got ${shown(groupName)}`,
      );
    }
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > WAF.MAX_CAPACITY) {
      throw new BreakwaterError(
        `ManagedRuleGroup.of: capacity must be a whole number from 1 to ${WAF.MAX_CAPACITY}, got ${capacity}`,
      );
    }
    return new ManagedRuleGroup(groupName, capacity);
  }

  private constructor(
    /** Name of the group. */
    public readonly groupName: string,
    /** Capacity units. */
    public readonly capacity: number,
  ) {}
}
