import { Mixin, Token } from 'aws-cdk-lib';
import { CfnLogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import { BreakwaterError, shown } from '../../validation';

/**
 * Sets the retention of log groups of other libraries. Without a retention, CloudWatch never
 * deletes log events, and bills for them.
 *
 * ```ts
 * Mixins.of(stack).apply(new LogRetention(RetentionDays.ONE_MONTH));
 * ```
 */
export class LogRetention extends Mixin {
  /**
   * @param retention time for which log events are kept
   * @throws BreakwaterError if `retention` is `INFINITE` or not one of `RetentionDays`
   */
  public constructor(private readonly retention: RetentionDays) {
    super();
    const known = typeof retention === 'number' && retention in RetentionDays;
    if (!known && !Token.isUnresolved(retention)) {
      throw new BreakwaterError(
        `LogRetention: retention must be one of RetentionDays, got ${shown(retention)}; use, for example, RetentionDays.ONE_MONTH`,
      );
    }
    if (retention === RetentionDays.INFINITE) {
      throw new BreakwaterError('LogRetention: retention must be finite, got INFINITE');
    }
  }

  /** Supports log groups. The mixin changes the L1 resource that an L2 construct contains. */
  public override supports(construct: IConstruct): boolean {
    return CfnLogGroup.isCfnLogGroup(construct);
  }

  public override applyTo(construct: IConstruct): void {
    (construct as CfnLogGroup).retentionInDays = this.retention;
  }
}
