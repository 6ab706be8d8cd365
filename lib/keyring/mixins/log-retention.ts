import { Mixin } from 'aws-cdk-lib';
import { CfnLogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import { BreakwaterError } from '../../validation';

/**
 * Sets the retention of log groups of other libraries. Without one CloudWatch keeps and bills their
 * events without end.
 *
 * ```ts
 * Mixins.of(stack).apply(new LogRetention(RetentionDays.ONE_MONTH));
 * ```
 */
export class LogRetention extends Mixin {
  /**
   * @param retention how long log events are kept
   * @throws BreakwaterError if it is `INFINITE`
   */
  public constructor(private readonly retention: RetentionDays) {
    super();
    if (retention === RetentionDays.INFINITE) {
      throw new BreakwaterError('LogRetention: retention must be finite, got INFINITE');
    }
  }

  /** Log groups; an L2 is reached through its L1. */
  public override supports(construct: IConstruct): boolean {
    return CfnLogGroup.isCfnLogGroup(construct);
  }

  public override applyTo(construct: IConstruct): void {
    (construct as CfnLogGroup).retentionInDays = this.retention;
  }
}
