import { CfnResource, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Maximum stack frames of an acknowledgement: one frame of the CDK, three of this library, and the
 * caller's.
 */
const TRACE_FRAMES = 5;

/** A scanner's finding that doesn't apply to a construct. */
export interface Acknowledgement {
  /** Name of the rule in its scanner: `AwsSolutions-L1`, `CKV_AWS_116`, `W3005`. */
  readonly id: string;
  /** Reason why the finding doesn't apply, for reviewers. */
  readonly reason: string;
}

/**
 * Acknowledges findings of a construct, with reasons. cdk-nag and the CDK's own validation read the
 * acknowledgements from the construct. checkov and cfn-lint read them from the metadata of its
 * resources.
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

/**
 * Acknowledges with short stack traces. The CDK records a stack trace for each acknowledgement.
 * With long stack traces, recording would take most of the time.
 */
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
 * Records one acknowledgement. The CDK accepts only IDs with one `::`. An ID with a pseudo
 * parameter has a second `::`, as in `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:...]`. This
 * function writes such an ID directly into the metadata that cdk-nag reads.
 */
function record(construct: IConstruct, { id, reason }: Acknowledgement): void {
  if (id.split('::').length <= 2) Validations.of(construct).acknowledge({ id, reason });
  else construct.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, { [`Annotation::${id}`]: reason });
}
