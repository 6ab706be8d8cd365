import { SourceMap, type SourceMapPayload } from 'node:module';
import * as path from 'node:path';
import type { DeployedSource } from '../code/code-unit';

/** A position in a file of a deployed package, as stack traces of the emulator have it. */
const POSITION = /(?:file:\/\/)?\/[^\s()'"]*\/ministack-lambda-[^/\s]+\/code\/([^:\s()'"]+)(?::(\d+)(?::(\d+))?)?/g;
const PYTHON_LINE = /^", line (\d+)/;

/** Replaces positions in deployed files by positions in the sources, relative to a folder. */
export function toSources(
  text: string,
  sourceOf: (file: string) => DeployedSource | undefined,
  directory = process.cwd(),
): string {
  return text.replace(POSITION, (whole, file: string, line?: string, column?: string, ...rest) => {
    const [at, all] = rest.slice(-2) as [number, string];
    const source = sourceOf(file);
    if (source === undefined) return whole;
    const suffix = line === undefined ? '' : column === undefined ? `:${line}` : `:${line}:${column}`;
    if ('path' in source) return `${path.relative(directory, source.path)}${suffix}`;
    if (line === undefined || column === undefined || PYTHON_LINE.test(all.slice(at + whole.length))) return whole;
    const map = new SourceMap(JSON.parse(source.json) as SourceMapPayload);
    const found = map.findEntry(Number(line) - 1, Number(column) - 1);
    if (!('originalSource' in found)) return whole;
    const original = path.relative(directory, path.resolve(source.directory, found.originalSource));
    return `${original}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  });
}
