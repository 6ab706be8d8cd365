import { App, Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AliasedFunction, Handler, Scaling } from '../../lib/functions';
import { PredictiveScaling, type PredictiveScalingProps } from '../../lib/prediction';
import type { DeploymentProfile } from '../../lib/profile';

export const handler = Handler.fromCode(Code.fromInline('exports.handler = async () => {}'), 'index.handler', {
  verifiesTokens: true,
});

/** A stack with a checkout that is provisioned and a search that isn't. */
export function shop(profile?: DeploymentProfile, props: StackProps = {}) {
  const stack = new Stack(new App({ context: {} }), 'Shop', props);
  const search = new AliasedFunction(stack, 'Search', { handler });
  const scaling = Scaling.provisioned({ min: 2, max: 50 });
  const checkout = new AliasedFunction(stack, 'Checkout', { handler, scaling, profile });
  return { stack, search, checkout };
}

/** The same with the checkout forecast. */
export function predicted(props: Partial<PredictiveScalingProps> = {}) {
  const parts = shop(props.profile);
  const ahead = new PredictiveScaling(parts.stack, 'Ahead', { target: parts.checkout, ...props });
  return { ...parts, ahead, template: () => Template.fromStack(parts.stack) };
}

type Resources = Record<string, { Properties: Record<string, unknown>; DependsOn?: string[]; DeletionPolicy?: string }>;

/** The resource of a type whose logical id starts so. */
export function resource(template: Template, type: string, id = '') {
  const found = Object.entries(template.findResources(type) as Resources).filter(([name]) => name.startsWith(id));
  expect([type, id, found.length]).toEqual([type, id, 1]);
  return { id: found[0]![0], ...found[0]![1] };
}

/** Text of a value as CloudFormation would make it, each reference as `<logical id without its hash>`. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value;
  const {
    Ref: ref,
    'Fn::Join': join,
    'Fn::GetAtt': attribute,
  } = value as Record<string, string> & {
    'Fn::Join'?: [string, unknown[]];
    'Fn::GetAtt'?: [string, string];
  };
  if (join) return join[1].map(text).join(join[0]);
  const id = (name: string) => `<${name.replace(/[0-9A-F]{8}$/, '')}>`;
  return attribute ? `${id(attribute[0])}.${attribute[1]}` : id(ref!);
}
