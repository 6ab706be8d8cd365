import { AwsV4Signer } from 'aws4fetch';
import { backoffMs } from '../../../../lib/protocol';
import { AwsError, awsErrorOf } from './aws-error';
import { endpointOf } from './endpoint';

/** A service as signatures, host names and variables name it. */
export interface AwsService {
  /** In host names. */
  readonly host: string;
  /** In signatures. */
  readonly signing: string;
  /** In `AWS_ENDPOINT_URL_...`. */
  readonly id: string;
}

export const DYNAMODB: AwsService = { host: 'dynamodb', signing: 'dynamodb', id: 'DYNAMODB' };
export const CLOUDWATCH: AwsService = { host: 'monitoring', signing: 'monitoring', id: 'CLOUDWATCH' };
export const LAMBDA: AwsService = { host: 'lambda', signing: 'lambda', id: 'LAMBDA' };
export const AUTO_SCALING: AwsService = {
  host: 'application-autoscaling',
  signing: 'application-autoscaling',
  id: 'APPLICATION_AUTO_SCALING',
};

/** What calls need of the world; replaced in tests. */
export interface AwsWorld {
  readonly fetch: typeof fetch;
  /** Credentials, Region and endpoints as Lambda states them; read at each call, since credentials are renewed. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds until the function is stopped. */
  readonly remainingMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** Together with the waits in between at most 14 s a call: three of them in a row leave time to fall back to the reactive kind. */
const ATTEMPTS = 3;
const ATTEMPT_MS = 4_000;
const BACKOFF = { baseMs: 400, capMs: 2_000 };
/** Kept for the line in the log. */
const RESERVE_MS = 1_000;

/**
 * Calls AWS by signed requests. The SDK's clients of these four services would make the function five times as large, and it starts cold
 * as often as any other.
 */
export class AwsApi {
  public constructor(private readonly world: AwsWorld) {}

  /**
   * An action of the JSON protocol.
   * @param prefix what stands before the action in `x-amz-target`
   * @throws AwsError
   */
  public async json<T>(
    service: AwsService,
    version: '1.0' | '1.1',
    prefix: string,
    action: string,
    input: unknown,
  ): Promise<T> {
    const headers = { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': `${prefix}.${action}` };
    return this.call<T>(service, action, { method: 'POST', path: '/', headers, body: JSON.stringify(input) });
  }

  /**
   * A read of a REST API.
   * @throws AwsError
   */
  public async get<T>(service: AwsService, action: string, path: string): Promise<T> {
    return this.call<T>(service, action, { method: 'GET', path, headers: {} });
  }

  /**
   * A write of a REST API.
   * @throws AwsError
   */
  public async put<T>(service: AwsService, action: string, path: string, input: unknown): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    return this.call<T>(service, action, { method: 'PUT', path, headers, body: JSON.stringify(input) });
  }

  private async call<T>(service: AwsService, action: string, request: Request): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt<T>(service, action, request);
      } catch (error) {
        const wait = backoffMs(attempt, BACKOFF, this.world.random);
        const again = error instanceof AwsError && error.passes && attempt < ATTEMPTS;
        if (!again || this.world.remainingMs() - wait <= RESERVE_MS) throw error;
        await this.world.sleep(wait);
      }
    }
  }

  private async attempt<T>(service: AwsService, action: string, request: Request): Promise<T> {
    const { env } = this.world;
    const region = required(env, 'AWS_REGION');
    const { method, path, headers, body } = request;
    const left = this.world.remainingMs() - RESERVE_MS;
    if (left <= 0) throw new AwsError(service.host, action, 0, 'OutOfTime', 'the function is about to be stopped');
    const signed = await new AwsV4Signer({
      accessKeyId: required(env, 'AWS_ACCESS_KEY_ID'),
      secretAccessKey: required(env, 'AWS_SECRET_ACCESS_KEY'),
      sessionToken: env['AWS_SESSION_TOKEN'] || undefined,
      service: service.signing,
      region,
      method,
      url: `${endpointOf(service.host, service.id, region, env)}${path}`,
      headers,
      body,
    }).sign();
    let response: Response;
    let text: string;
    try {
      response = await this.world.fetch(signed.url, {
        method,
        headers: signed.headers,
        body,
        signal: AbortSignal.timeout(Math.min(ATTEMPT_MS, left)),
      });
      text = await response.text();
    } catch (error) {
      const { name, message, cause } = error as Error & { cause?: { code?: string } };
      throw new AwsError(service.host, action, 0, cause?.code ?? name, message);
    }
    if (!response.ok) throw awsErrorOf(service.host, action, response, text);
    try {
      return (text === '' ? {} : JSON.parse(text)) as T;
    } catch {
      throw new AwsError(service.host, action, response.status, 'NotJson', text.slice(0, 80));
    }
  }
}

interface Request {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

function required(env: AwsWorld['env'], name: string): string {
  const value = env[name];
  if (!value) throw new Error(`environment variable ${name} is not set`);
  return value;
}
