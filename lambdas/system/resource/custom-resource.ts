import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { backoffMs } from '../../../lib/protocol';

/**
 * Maximum characters of a reason. CloudFormation rejects an answer above 4,096 bytes, and the
 * answer also contains IDs and data.
 */
const MAX_REASON = 1_000;

/**
 * Maximum number of attempts to send the answer. Without an answer, CloudFormation waits for an
 * hour.
 */
const ATTEMPTS = 4;
const BACKOFF = { baseMs: 500, capMs: 4_000 };

/**
 * Prefix of the ID of a resource that could not be created. In the rollback CloudFormation also
 * deletes this resource. The prefix shows that there is nothing to delete.
 */
const NEVER_CREATED = 'breakwater-never-created:';

/** Properties of a custom resource. CloudFormation passes every scalar as a string. */
export type Properties = Record<string, unknown>;

/** Answer of a handler to CloudFormation. */
export interface Outcome {
  /**
   * ID of the resource. If an update returns another ID, CloudFormation deletes the old resource.
   * Default: the previous ID, or the logical ID.
   */
  readonly physicalResourceId?: string;
  /** Attributes for `Fn::GetAtt`. They must not be secret. */
  readonly data?: Record<string, string>;
}

/**
 * Handlers of a custom resource for create, update and delete. If one throws, the deployment fails
 * with the error's message.
 */
export interface ResourceHandlers {
  create(properties: Properties): Promise<Outcome | undefined>;
  update(properties: Properties, before: Properties, physicalResourceId: string): Promise<Outcome | undefined>;
  remove(properties: Properties, physicalResourceId: string): Promise<void>;
}

/** Dependencies of a custom resource. Tests replace them. */
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
 * Makes a Lambda handler for a custom resource. It always answers CloudFormation, even if the
 * resource's handler throws.
 *
 * It doesn't use the CDK's provider framework, because the framework needs one more function. The
 * framework also omits the port of the response URL, which local AWS emulators need.
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
    // The response URL is never logged, because anyone with it can answer CloudFormation.
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
  // The body is sent as bytes. For a string, fetch would add a content type, and the URL's
  // signature doesn't include one.
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
 * Returns a property that must be a non-empty string.
 * @throws Error that names the property
 */
export function stringProperty(properties: Properties, name: string): string {
  const value = properties[name];
  if (typeof value !== 'string' || value === '') {
    throw new Error(`property ${name} must be a non-empty string, got ${JSON.stringify(value)}`);
  }
  return value;
}
