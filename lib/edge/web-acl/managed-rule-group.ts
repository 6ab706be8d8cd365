import { Token } from 'aws-cdk-lib';
import { WAF } from '../../limits';
import { BreakwaterError } from '../../validation';

/**
 * A group of rules that AWS updates. AWS fixes its capacity when it publishes the group:
 * https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
 */
export class ManagedRuleGroup {
  /**
   * Common attacks on web applications. Its limit of 8 KiB for bodies applies only to routes that
   * don't allow larger ones.
   */
  public static readonly COMMON = new ManagedRuleGroup('AWSManagedRulesCommonRuleSet', 700);
  /** Requests that are known to exploit vulnerabilities. */
  public static readonly KNOWN_BAD_INPUTS = new ManagedRuleGroup('AWSManagedRulesKnownBadInputsRuleSet', 200);
  /** IP addresses with a bad reputation. */
  public static readonly IP_REPUTATION = new ManagedRuleGroup('AWSManagedRulesAmazonIpReputationList', 25);
  /** IP addresses of anonymizers and hosting providers. It blocks legitimate callers too. */
  public static readonly ANONYMOUS_IP = new ManagedRuleGroup('AWSManagedRulesAnonymousIpList', 50);
  /** SQL in requests. It isn't part of the default, because modules of this library use no SQL. */
  public static readonly SQL_INJECTION = new ManagedRuleGroup('AWSManagedRulesSQLiRuleSet', 200);

  /**
   * Another managed rule group of AWS.
   * @param groupName name of the group: `AWSManagedRules...`
   * @param capacity capacity units of the group, as `aws wafv2 describe-managed-rule-group` prints
   * them
   * @throws BreakwaterError if one is a token, or the capacity isn't an integer from 1 to 5,000
   */
  public static of(groupName: string, capacity: number): ManagedRuleGroup {
    if (Token.isUnresolved(groupName) || Token.isUnresolved(capacity)) {
      throw new BreakwaterError('ManagedRuleGroup.of: must be given literals, got a token: synth sums the capacity');
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
