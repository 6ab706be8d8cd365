/**
 * A request that an entrance of the app has answered. The event contains no headers, query or body.
 */
export interface RequestEvent {
  readonly kind: 'request';
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Name of the entrance: the construct path of a distribution, function URL or API. */
  readonly entrance: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Milliseconds until the answer. */
  readonly ms: number;
  readonly requestId?: string;
  /** ID of the request at the origin. The function logs this ID. */
  readonly originRequestId?: string;
  /** Path pattern of the distribution's behaviour. */
  readonly behavior?: string;
  /** Outcome at the edge: `Hit`, `Miss`, `Error`, `FunctionGenerated`, `Blocked`... */
  readonly result?: string;
  /** Rule of the web ACL that decided about the request. */
  readonly rule?: string;
  /** Reason of a refusal or failure. */
  readonly reason?: string;
  /**
   * Header `cache-control` that keeps the answer out of the edge's cache, although the behaviour's
   * cache policy allows caching.
   */
  readonly uncached?: string;
}

/** A line that a function has logged. */
export interface LogEvent {
  readonly kind: 'log';
  readonly time: number;
  /** Name of the module: the construct path of its function. */
  readonly module: string;
  /** Physical name of the function. */
  readonly functionName: string;
  readonly level?: 'debug' | 'info' | 'warn' | 'error';
  /** The text. Positions in stack traces refer to the source files. */
  readonly message: string;
  readonly requestId?: string;
  /** Other fields of a line that is JSON. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/**
 * The result of a code change: the new code is deployed, or it was refused and the old code
 * continues to run.
 */
export interface SwapEvent {
  readonly kind: 'swap';
  readonly time: number;
  readonly module: string;
  /** Milliseconds from the change of the file. */
  readonly ms: number;
  readonly error?: string;
}

/** A deployment of stacks that has ended. */
export interface DeployEvent {
  readonly kind: 'deploy';
  readonly time: number;
  readonly stacks: readonly string[];
  readonly ms: number;
  readonly error?: string;
}

export type LocalEvent = RequestEvent | LogEvent | SwapEvent | DeployEvent;

/** Passes the events of a running app to subscribers. */
export class LocalEvents {
  private readonly listeners = new Set<(event: LocalEvent) => void>();

  /** @returns a function that ends the subscription */
  public subscribe(listener: (event: LocalEvent) => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  public emit(event: LocalEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}
