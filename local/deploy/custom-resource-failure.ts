import { existsSync, readFileSync } from 'node:fs';
import { type CloudApi, CloudApiError, type JsonObject } from '../../testing';
import { referencesIn, type Template, type TemplateTree, templatesIn } from '../assembly';

/** Matches an uncaught error in a function's log, and the service's own error texts. */
const UNCAUGHT =
  /^(\w*(Error|Exception)\b.*|Traceback \(most recent call last\):|.*Task timed out after .*|.*Runtime exited.*)$/;
const LINES = 6;

/** A custom resource for which a stack waits. */
export interface WaitingResource {
  readonly logicalId: string;
  /** Start of the wait, in milliseconds since 1970. */
  readonly since: number;
}

export interface FailureProps {
  readonly api: CloudApi;
  readonly stack: TemplateTree;
  /** Physical IDs of the functions of the stack and its nested stacks, by logical ID. */
  readonly physicalIds: ReadonlyMap<string, string>;
  /** Log of the local AWS emulator, if there is one. */
  readonly logFile?: string;
}

/**
 * Checks whether a custom resource will never be answered, because its function could not start,
 * had an uncaught error, or timed out. CloudFormation would wait for an hour.
 * @returns the function's name and error; undefined if it may still answer
 */
export async function failureOf(waiting: WaitingResource, props: FailureProps): Promise<string | undefined> {
  const token = serviceTokenOf(waiting.logicalId, props.stack);
  const name = token === undefined ? undefined : props.physicalIds.get(token);
  if (name === undefined) return undefined;
  const error = startFailure(name, props.logFile) ?? (await uncaughtError(name, waiting.since, props.api));
  return error === undefined ? undefined : `its function ${name} failed, so it never answers: ${error}`;
}

/** Logical id of the function behind a custom resource. */
function serviceTokenOf(logicalId: string, stack: TemplateTree): string | undefined {
  const templates: Template[] = templatesIn(stack).map(({ template }) => template);
  const resource = templates.map(({ Resources }) => Resources[logicalId]).find((one) => one !== undefined);
  return referencesIn(resource?.Properties?.['ServiceToken'])[0]?.name;
}

/** Reads the emulator's log for the reason why a function can't start. */
function startFailure(name: string, logFile: string | undefined): string | undefined {
  if (logFile === undefined || !existsSync(logFile)) return undefined;
  const pattern = new RegExp(`execution error for ${name.replace(/[.$]/g, '\\$&')}: (.*)`, 'g');
  return [...readFileSync(logFile, 'utf8').matchAll(pattern)].at(-1)?.[1];
}

/** Reads a function's log, which is available after an invocation. */
async function uncaughtError(name: string, since: number, api: CloudApi): Promise<string | undefined> {
  let answer: JsonObject;
  try {
    const input = { logGroupName: `/aws/lambda/${name}`, startTime: since };
    answer = await api.json('logs', 'Logs_20140328.FilterLogEvents', input);
  } catch (error) {
    // The log group is created with the first line.
    if (error instanceof CloudApiError && error.status === 400) return undefined;
    throw error;
  }
  const events = (answer['events'] as JsonObject[] | undefined) ?? [];
  const lines = events.map((event) => String(event['message']).trimEnd());
  const last = lines.findLastIndex((line) => UNCAUGHT.test(line));
  if (last < 0) return undefined;
  const told = lines.slice(last, last + LINES).filter((line) => !/^(START|END|REPORT) /.test(line));
  return told.join('\n    ');
}
