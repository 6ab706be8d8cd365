import { SourceMap, type SourceMapPayload } from 'node:module';
import * as path from 'node:path';
import type { LogEvent } from '../../../local/events';
import type { DeployedSource } from '../code/code-unit';

/** A position in a file of a deployed package, as the emulator's stack traces contain it. */
const POSITION = /(?:file:\/\/)?\/[^\s()'"]*\/ministack-lambda-[^/\s]+\/code\/([^:\s()'"]+)(?::(\d+)(?::(\d+))?)?/g;

/**
 * Replaces positions in the message of a log line, and in its fields. `routes()` and `worker()` log
 * a stack trace in the field `stack`.
 */
export async function entryToSources(
  entry: LogEvent,
  sourceOf: (file: string) => Promise<DeployedSource | undefined>,
  directory?: string,
): Promise<LogEvent> {
  const replace = async (value: unknown): Promise<unknown> => {
    if (typeof value === 'string') return toSources(value, sourceOf, directory);
    return Array.isArray(value) ? Promise.all(value.map(replace)) : value;
  };
  const fields = Object.entries(entry.fields ?? {});
  const replaced = await Promise.all(fields.map(async ([name, value]) => [name, await replace(value)] as const));
  const message = await toSources(entry.message, sourceOf, directory);
  return { ...entry, message, ...(entry.fields && { fields: Object.fromEntries(replaced) }) };
}

/** Replaces positions in deployed files by positions in the sources, relative to a folder. */
export async function toSources(
  text: string,
  sourceOf: (file: string) => Promise<DeployedSource | undefined>,
  directory = process.cwd(),
): Promise<string> {
  const files = new Set([...text.matchAll(POSITION)].map(([, file]) => file!));
  if (files.size === 0) return text;
  const sources = new Map(await Promise.all([...files].map(async (file) => [file, await sourceOf(file)] as const)));
  return text.replace(POSITION, (whole, file: string, line?: string, column?: string) => {
    const source = sources.get(file);
    if (source === undefined) return whole;
    const suffix = line === undefined ? '' : column === undefined ? `:${line}` : `:${line}:${column}`;
    if ('path' in source) return `${path.relative(directory, source.path)}${suffix}`;
    if (line === undefined || column === undefined) return whole;
    const map = new SourceMap(JSON.parse(source.json) as SourceMapPayload);
    const found = map.findEntry(Number(line) - 1, Number(column) - 1);
    if (!('originalSource' in found)) return whole;
    const original = path.relative(directory, path.resolve(source.directory, found.originalSource));
    return `${original}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  });
}
