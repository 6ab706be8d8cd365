import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { backoffMs } from '../../../lib/protocol';

/** CloudFormation rejects an answer above 4,096 bytes. The rest is for ids and data. */
const MAX_REASON = 1_000;

/** Without an answer the stack waits for an hour, so it is sent several times. */
const ATTEMPTS = 4;
const BACKOFF = { baseMs: 500, capMs: 4_000 };

/**
 * Id of a resource whose creation failed. The deletion that follows in the rollback then does
 * nothing.
 */
const NEVER_CREATED = 'breakwater-never-created:';

/** Properties of a custom resource as they arrive: CloudFormation makes every scalar a string. */
export type Properties = Record<string, unknown>;

/** Answer of a handler to CloudFormation. */
export interface Outcome {
  /**
   * Id of the resource. If an update returns another id, CloudFormation deletes the old resource.
   * Default: the previous id, or the logical id.
   */
  readonly physicalResourceId?: string;
  /** Attributes for `Fn::GetAtt`; never a secret. */
  readonly data?: Record<string, string>;
}

/** A custom resource's reaction to each request. An error fails the deployment with its message. */
export interface ResourceHandlers {
  create(properties: Properties): Promise<Outcome | undefined>;
  update(properties: Properties, before: Properties, physicalResourceId: string): Promise<Outcome | undefined>;
  remove(properties: Properties, physicalResourceId: string): Promise<void>;
}

/** Dependencies of a custom resource; tests replace them. */
export interface ResourceDependencies {
  readonly fetch: typeof fetch;
  readonly log: (line: Record<string, unknown>) => void;
  readonly sleep: (ms: number) => Promise<void>;
  /** A number in [0, 1). */
  readonly random: () => number;
}

const DEFAULTS: ResourceDependencies = {
  fetch: (input, init) => fetch(input, init),
  log: (line) => console.log(JSON.stringify(line)),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
};

/**
 * Makes a Lambda handler for a custom resource. It always answers CloudFormation, also if the
 * resource fails.
 *
 * It doesn't use the CDK's provider framework: that needs one more function, and drops the port of
 * the response URL, which local emulators of AWS need.
 */
export function customResource(handlers: ResourceHandlers, dependencies: Partial<ResourceDependencies> = {}) {
  const all = { ...DEFAULTS, ...dependencies };
  return async (event: CloudFormationCustomResourceEvent): Promise<void> => {
    const { RequestType: turn, LogicalResourceId: logicalId } = event;
    const known = 'PhysicalResourceId' in event ? event.PhysicalResourceId : undefined;
    let answer: Record<string, unknown>;
    try {
      const outcome = await run(handlers, event);
      answer = {
        Status: 'SUCCESS',
        PhysicalResourceId: outcome?.physicalResourceId ?? known ?? logicalId,
        Data: outcome?.data ?? {},
      };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      answer = {
        Status: 'FAILED',
        Reason: (reason || 'no reason given').slice(0, MAX_REASON),
        PhysicalResourceId: known ?? `${NEVER_CREATED}${event.RequestId}`,
      };
    }
    // The response URL is a right to answer, so it is never logged.
    all.log({ message: 'custom resource', turn, logicalId, status: answer['Status'], reason: answer['Reason'] });
    await respond(all, event.ResponseURL, {
      ...answer,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: logicalId,
    });
  };
}

async function run(handlers: ResourceHandlers, event: CloudFormationCustomResourceEvent): Promise<Outcome | undefined> {
  switch (event.RequestType) {
    case 'Create':
      return handlers.create(event.ResourceProperties);
    case 'Update':
      return handlers.update(event.ResourceProperties, event.OldResourceProperties, event.PhysicalResourceId);
    case 'Delete':
      if (event.PhysicalResourceId.startsWith(NEVER_CREATED)) return undefined;
      await handlers.remove(event.ResourceProperties, event.PhysicalResourceId);
      return undefined;
  }
}

async function respond(
  { fetch: put, sleep, random }: ResourceDependencies,
  url: string,
  answer: Record<string, unknown>,
): Promise<void> {
  // Bytes, because fetch sets a content type for a string, and the URL is signed without one.
  const body = new TextEncoder().encode(JSON.stringify(answer));
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await put(url, { method: 'PUT', body });
      if (response.ok) return;
      throw new Error(`CloudFormation's response URL answered ${response.status}`);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await sleep(backoffMs(attempt, BACKOFF, random));
    }
  }
}

/**
 * A property that must be a non-empty string.
 * @throws Error that names it
 */
export function stringProperty(properties: Properties, name: string): string {
  const value = properties[name];
  if (typeof value !== 'string' || value === '') {
    throw new Error(`property ${name} must be a non-empty string, got ${JSON.stringify(value)}`);
  }
  return value;
}
