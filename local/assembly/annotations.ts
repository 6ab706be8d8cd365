import { readFileSync } from 'node:fs';
import * as path from 'node:path';

/** Warning or error that a construct adds during synthesis. */
export interface Annotation {
  readonly level: 'warning' | 'error';
  /** Path of the construct. */
  readonly construct: string;
  readonly text: string;
}

type Metadata = Readonly<Record<string, readonly { readonly type: string; readonly data?: unknown }[]>>;

/** Part of a stack's artifact in the manifest of an assembly. */
export interface AnnotatedArtifact {
  readonly metadata?: Metadata;
  /** File of the assembly with the rest of the metadata. */
  readonly additionalMetadataFile?: string;
}

/** Warnings and errors of a stack's constructs. */
export function annotationsOf(
  directory: string,
  { metadata, additionalMetadataFile }: AnnotatedArtifact,
): Annotation[] {
  const file = additionalMetadataFile === undefined ? undefined : path.join(directory, additionalMetadataFile);
  const more: Metadata = file === undefined ? {} : JSON.parse(readFileSync(file, 'utf8'));
  return [metadata ?? {}, more].flatMap((constructs) =>
    Object.entries(constructs).flatMap(([construct, entries]) =>
      entries.flatMap(({ type, data }): Annotation[] => {
        const [, level] = /^aws:cdk:(warning|error)$/.exec(type) ?? [];
        if (level === undefined) return [];
        return [{ level: level as Annotation['level'], construct: construct.replace(/^\//, ''), text: String(data) }];
      }),
    ),
  );
}

const NOTES = { warning: 'synth warns', error: 'synth error, with which cdk deploy fails' };

/**
 * Lines about warnings and errors that the constructs added. The CDK CLI refuses to deploy an app
 * with an error.
 */
export class AnnotationLines {
  private last: ReadonlySet<string> = new Set();

  /** Lines of a synth, without those that the previous synth had too. */
  public of(stacks: readonly { readonly annotations: readonly Annotation[] }[]): string[] {
    const annotations = stacks.flatMap((stack) => stack.annotations);
    const lines = new Set(annotations.map(({ level, construct, text }) => `${NOTES[level]}: ${construct}: ${text}`));
    const fresh = [...lines].filter((line) => !this.last.has(line));
    this.last = lines;
    return fresh;
  }
}
