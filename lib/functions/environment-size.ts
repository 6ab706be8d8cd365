import { CfnResource, Stack } from 'aws-cdk-lib';
import type { CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LAMBDA } from '../limits';

/** Assumed bytes of a generated name or an ARN. */
const NAME_BYTES = 64;
const ARN_BYTES = 120;
const QUEUE_NAME_BYTES = 80;
/**
 * A queue's `Ref` is its URL, such as `https://sqs.ap-southeast-1.amazonaws.com/123456789012/`, and
 * a name of up to 80 characters.
 */
const QUEUE_URL_BYTES = 134;
/**
 * Maximum length of a table's name. CloudFormation makes the name from the stack's name, the
 * logical ID and 14 more characters.
 */
const MAX_TABLE_NAME_BYTES = 255;
const NAME_SUFFIX_BYTES = 14;

/**
 * @returns an error if a function's environment exceeds 4 KB, else no error. Each reference counts
 * with its maximum length.
 */
export function environmentErrors(fn: LambdaFunction): string[] {
  const resolved = Stack.of(fn).resolve((fn.node.defaultChild as CfnFunction).environment) as
    | { variables?: Record<string, unknown> }
    | undefined;
  const variables = Object.entries(resolved?.variables ?? {});
  // First, each reference counts with the longest length. Most environments are small enough, so
  // the slow search for the referenced resources is rarely needed.
  if (total(sizesOf(variables, () => MAX_TABLE_NAME_BYTES)) <= LAMBDA.MAX_ENVIRONMENT_BYTES) return [];
  const sizes = sizesOf(variables, referenceBytesIn(Stack.of(fn)));
  const bytes = total(sizes);
  if (bytes <= LAMBDA.MAX_ENVIRONMENT_BYTES) return [];
  const largest = sizes
    .sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map((size) => `${size.name} ${size.bytes}`);
  return [
    `environment must fit into ${LAMBDA.MAX_ENVIRONMENT_BYTES} bytes, got about ${bytes}; the largest variables: ${largest.join(', ')}. Use fewer routes or grants per function, or shorter values`,
  ];
}

interface VariableSize {
  readonly name: string;
  readonly bytes: number;
}

/** @returns maximum bytes of a reference to a logical ID */
type ReferenceBytes = (logicalId: string) => number;

function sizesOf(variables: readonly [string, unknown][], referenceBytes: ReferenceBytes): VariableSize[] {
  return variables.map(([name, value]) => ({
    name,
    bytes: Buffer.byteLength(name) + valueBytes(value, referenceBytes),
  }));
}

function total(sizes: readonly VariableSize[]): number {
  return sizes.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Maximum bytes of a resolved value. An intrinsic function counts as the sum of its parts. */
function valueBytes(value: unknown, referenceBytes: ReferenceBytes): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.reduce((sum: number, part) => sum + valueBytes(part, referenceBytes), 0);
  if (typeof value !== 'object' || value === null) return String(value).length;
  if ('Ref' in value) return referenceBytes(String(value.Ref));
  if ('Fn::GetAtt' in value && (value['Fn::GetAtt'] as unknown[])[1] === 'QueueName') return QUEUE_NAME_BYTES;
  if ('Fn::Join' in value) return valueBytes((value['Fn::Join'] as unknown[])[1], referenceBytes);
  return ARN_BYTES;
}

function referenceBytesIn(stack: Stack): ReferenceBytes {
  const types = new Map(
    stack.node
      .findAll()
      .filter(CfnResource.isCfnResource)
      .filter((resource) => resource.stack === stack)
      .map((resource) => [stack.resolve(resource.logicalId) as string, resource.cfnResourceType]),
  );
  return (logicalId) => {
    const type = types.get(logicalId);
    if (type === 'AWS::SQS::Queue') return QUEUE_URL_BYTES;
    if (type !== 'AWS::DynamoDB::Table') return NAME_BYTES;
    return Math.min(MAX_TABLE_NAME_BYTES, stack.stackName.length + logicalId.length + NAME_SUFFIX_BYTES);
  };
}
