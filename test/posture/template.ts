import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { buildShop } from '../../bin/app';

export interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
  Metadata?: Record<string, unknown>;
  [attribute: string]: unknown;
}

/** A CloudFormation template, as far as posture tests read it. */
export interface CfnTemplate {
  Resources: Record<string, Resource>;
  Outputs?: Record<string, { Value: unknown }>;
}

/** The shop's template in production. */
export function shopTemplate(): CfnTemplate {
  return Template.fromStack(buildShop(new App({ context: { profile: 'production' } }))).toJSON() as CfnTemplate;
}

export function resourcesOf(template: CfnTemplate, ...types: string[]): [string, Resource][] {
  return Object.entries(template.Resources).filter(([, { Type }]) => types.includes(Type));
}

/** Logical ids end in eight digits of a hash, which say nothing to a reviewer. */
export function withoutHash(id: string): string {
  return id.replace(/[0-9A-F]{8}$/, '');
}

/** A value as a reviewer reads it: references become `${Name}`, joined parts become one text. */
export function plain(value: unknown): string {
  if (typeof value === 'string') return value.replace(/\b[0-9a-f]{64}\b/g, 'HASH');
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(plain).join(', ')}]`;
  const entries = Object.entries(value);
  const [name, content] = entries[0] ?? [];
  if (entries.length === 1) {
    if (name === 'Ref') return `\${${withoutHash(String(content))}}`;
    if (name === 'Fn::GetAtt' && Array.isArray(content)) return `\${${withoutHash(String(content[0]))}.${content[1]}}`;
    if (name === 'Fn::Join' && Array.isArray(content)) return (content[1] as unknown[]).map(plain).join(content[0]);
  }
  return `{${entries.map(([key, part]) => `${plainKey(key)}: ${plain(part)}`).join(', ')}}`;
}

function plainKey(key: string): string {
  return key.replace(/\b[0-9a-f]{64}\b/g, 'HASH');
}

/** The logical id that a `Ref` or `Fn::GetAtt` names. */
export function referred(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { Ref: ref, 'Fn::GetAtt': attribute } = value as { Ref?: string; 'Fn::GetAtt'?: string[] };
  return ref ?? attribute?.[0];
}
