import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { backoffMs } from '../../../lib/protocol';

/** CloudFormation refuses an answer above 4,096 bytes; what is left holds ids and data. */
const MAX_REASON = 1_000;

/** An answer that doesn't arrive leaves the stack waiting for an hour, so it is tried again. */
const ATTEMPTS = 4;
const BACKOFF = { baseMs: 500, capMs: 4_000 };

/** Marks a resource whose creation failed, so that the delete that follows in the rollback finds nothing to do. */
const NEVER_CREATED = 'breakwater-never-created:';

/** Properties of a custom resource as they arrive: CloudFormation makes every scalar a string. */
export type Properties = Record<string, unknown>;

/** What a handler tells CloudFormation. */
export interface Outcome {
  /** Identity of the resource. A changed one on an update makes CloudFormation delete the old one. Default: the one before, or one from the logical id. */
  readonly physicalResourceId?: string;
  /** Attributes for `Fn::GetAtt`; never a secret. */
  readonly data?: Record<string, string>;
}

/** What a custom resource does at each turn of its life; what it throws fails the deployment with that message. */
export interface ResourceHandlers {
  create(properties: Properties): Promise<Outcome | undefined>;
  update(properties: Properties, before: Properties, physicalResourceId: string): Promise<Outcome | undefined>;
  remove(properties: Properties, physicalResourceId: string): Promise<void>;
}

/** What the wrapper needs of the world; replaced in tests. */
export interface ResourceWorld {
  readonly fetch: typeof fetch;
  readonly log: (line: Record<string, unknown>) => void;
  readonly wait: (milliseconds: number) => Promise<void>;
  /** A number in [0, 1). */
  readonly random: () => number;
}

const WORLD: ResourceWorld = {
  fetch: (input, init) => fetch(input, init),
  log: (line) => console.log(JSON.stringify(line)),
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  random: Math.random,
};

/**
 * A Lambda handler for a custom resource that answers CloudFormation whatever happens.
 *
 * It answers itself instead of through the CDK's provider framework: one function less, and the port of the response URL is kept,
 * which clouds other than AWS need.
 */
export function customResource(handlers: ResourceHandlers, world: ResourceWorld = WORLD) {
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
    // The response URL is a capability, so it is never logged.
    world.log({ message: 'custom resource', turn, logicalId, status: answer['Status'], reason: answer['Reason'] });
    await respond(world, event.ResponseURL, {
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

async function respond(world: ResourceWorld, url: string, answer: Record<string, unknown>): Promise<void> {
  // Bytes, not a string: fetch gives a string a content type, and the URL is signed for none.
  const body = new TextEncoder().encode(JSON.stringify(answer));
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await world.fetch(url, { method: 'PUT', body });
      if (response.ok) return;
      throw new Error(`CloudFormation's response URL answered ${response.status}`);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await world.wait(backoffMs(attempt, BACKOFF, world.random));
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
