import { CfnResource, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Frames that say where something was acknowledged: the CDK's own, our three, and the one that called. */
const TRACE_FRAMES = 5;

/** A finding of a scanner that is right for most and wrong here. */
export interface Acknowledgement {
  /** Rule as its scanner names it: `AwsSolutions-L1`, `CKV_AWS_116`, `W3005`. */
  readonly id: string;
  /** Why it doesn't hold here, for a reviewer. */
  readonly reason: string;
}

/**
 * States next to a construct which findings are acknowledged and why: for cdk-nag and the CDK's own validation on the construct,
 * for checkov and cfn-lint in the metadata of its resources.
 */
export function acknowledge(construct: IConstruct, ...acknowledgements: Acknowledgement[]): void {
  const checkov = acknowledgements.filter(({ id }) => id.startsWith('CKV'));
  const cfnLint = acknowledgements.filter(({ id }) => /^[EWI]\d{4}$/.test(id));
  const rest = acknowledgements.filter((a) => !checkov.includes(a) && !cfnLint.includes(a));
  if (rest.length > 0) acknowledgeInCdk(construct, rest);
  for (const resource of construct.node.findAll().filter(CfnResource.isCfnResource)) {
    if (checkov.length > 0) {
      const known = (resource.getMetadata('checkov') as { skip?: object[] } | undefined)?.skip ?? [];
      resource.addMetadata('checkov', {
        skip: [...known, ...checkov.map(({ id, reason }) => ({ id, comment: reason }))],
      });
    }
    if (cfnLint.length > 0) {
      const known =
        (resource.getMetadata('cfn-lint') as { config?: { ignore_checks?: string[] } } | undefined)?.config
          ?.ignore_checks ?? [];
      resource.addMetadata('cfn-lint', { config: { ignore_checks: [...known, ...cfnLint.map(({ id }) => id)] } });
    }
  }
}

/** The CDK takes a stack trace for each finding: with all its frames, mapped to TypeScript, most of what a hundred findings cost. */
function acknowledgeInCdk(construct: IConstruct, acknowledgements: readonly Acknowledgement[]): void {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = Math.min(limit, TRACE_FRAMES);
  try {
    for (const acknowledgement of acknowledgements) record(construct, acknowledgement);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/**
 * The CDK takes one `::` in an id, and an ARN with a pseudo parameter brings a second: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:...]`.
 * cdk-nag finds such an id where the CDK keeps the others.
 */
function record(construct: IConstruct, { id, reason }: Acknowledgement): void {
  if (id.split('::').length <= 2) Validations.of(construct).acknowledge({ id, reason });
  else construct.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, { [`Annotation::${id}`]: reason });
}
