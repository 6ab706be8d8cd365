import { CfnResource, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Stack frames of an acknowledgement: one of the CDK, three of this library, and the caller's. */
const TRACE_FRAMES = 5;

/** A scanner's finding that doesn't hold for a construct. */
export interface Acknowledgement {
  /** Name of the rule in its scanner: `AwsSolutions-L1`, `CKV_AWS_116`, `W3005`. */
  readonly id: string;
  /** Why it doesn't hold here, for a reviewer. */
  readonly reason: string;
}

/**
 * Acknowledges findings of a construct, with reasons. cdk-nag and the CDK's own validation read
 * them from the construct, checkov and cfn-lint from the metadata of its resources.
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
 * Acknowledges with short stack traces. The CDK records a stack trace for each acknowledgement, and
 * long ones take most of the time.
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
 * Records one acknowledgement. The CDK accepts an ID with one `::`. With a pseudo parameter an ID
 * has a second one: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:...]`. Such an ID is written
 * directly into the metadata that cdk-nag reads.
 */
function record(construct: IConstruct, { id, reason }: Acknowledgement): void {
  if (id.split('::').length <= 2) Validations.of(construct).acknowledge({ id, reason });
  else construct.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, { [`Annotation::${id}`]: reason });
}
