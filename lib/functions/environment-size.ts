import { Stack } from 'aws-cdk-lib';
import type { CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';

/** AWS Lambda quotas: "4 KB, for all environment variables associated with the function, in aggregate". */
const MAX_ENVIRONMENT_BYTES = 4096;

/** What a reference becomes at deployment: generated names have up to 64 characters, ARNs and queue URLs around 120. */
const NAME_BYTES = 64;
const ADDRESS_BYTES = 120;

/** What is wrong with a function's environment: nothing, or that it can't fit. References count at about the size they get. */
export function environmentErrors(fn: LambdaFunction): string[] {
  const resolved = Stack.of(fn).resolve((fn.node.defaultChild as CfnFunction).environment) as
    | { variables?: Record<string, unknown> }
    | undefined;
  const sizes = Object.entries(resolved?.variables ?? {})
    .map(([name, value]) => ({ name, bytes: Buffer.byteLength(name) + valueBytes(value) }))
    .sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= MAX_ENVIRONMENT_BYTES) return [];
  const largest = sizes.slice(0, 3).map(({ name, bytes }) => `${name} ${bytes}`);
  return [
    `environment must fit ${MAX_ENVIRONMENT_BYTES} bytes, got about ${total}; the largest: ${largest.join(', ')}. Fewer routes or grants a function, or shorter values`,
  ];
}

/** Size of a resolved value; the intrinsic functions that CDK renders are joined from their parts. */
function valueBytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.reduce((sum: number, part) => sum + valueBytes(part), 0);
  if (typeof value !== 'object' || value === null) return String(value).length;
  if ('Ref' in value) return NAME_BYTES;
  if ('Fn::Join' in value) return valueBytes((value['Fn::Join'] as unknown[])[1]);
  return ADDRESS_BYTES;
}
