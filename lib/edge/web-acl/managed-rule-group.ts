import { Token } from 'aws-cdk-lib';
import { WAF } from '../../limits';
import { BreakwaterError } from '../../validation';

/**
 * Rules that AWS keeps up to date. The capacity of each is fixed when AWS publishes it:
 * https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
 */
export class ManagedRuleGroup {
  /** The common attacks on web applications. Its 8 KB limit on bodies is counted, and blocks only where no route allows more. */
  public static readonly COMMON = new ManagedRuleGroup('AWSManagedRulesCommonRuleSet', 700);
  /** Requests known to exploit something. */
  public static readonly KNOWN_BAD_INPUTS = new ManagedRuleGroup('AWSManagedRulesKnownBadInputsRuleSet', 200);
  /** Addresses with a bad reputation. */
  public static readonly IP_REPUTATION = new ManagedRuleGroup('AWSManagedRulesAmazonIpReputationList', 25);
  /** Addresses behind anonymizers and hosting providers; hits honest people and services too. */
  public static readonly ANONYMOUS_IP = new ManagedRuleGroup('AWSManagedRulesAnonymousIpList', 50);
  /** SQL in requests; there is no SQL behind a micro-module of this library, so it isn't a default. */
  public static readonly SQL_INJECTION = new ManagedRuleGroup('AWSManagedRulesSQLiRuleSet', 200);

  /**
   * Another group of AWS.
   * @param groupName its name: `AWSManagedRules...`
   * @param capacity its capacity units, as `DescribeManagedRuleGroup` says; never guess them
   * @throws BreakwaterError if one is a token or the capacity isn't a whole number from 1 to 5,000
   */
  public static of(groupName: string, capacity: number): ManagedRuleGroup {
    if (Token.isUnresolved(groupName) || Token.isUnresolved(capacity)) {
      throw new BreakwaterError(
        'ManagedRuleGroup.of: must be given literals, got a token: capacity is summed at synth',
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
    /** Name of the group; its vendor is AWS. */
    public readonly groupName: string,
    /** Capacity units. */
    public readonly capacity: number,
  ) {}
}
