import { setTimeout as sleep } from 'node:timers/promises';
import type { Emulator } from '../../../local/cloud';
import type { LiveFunction } from '../../../local/deploy';
import type { CloudApi, JsonObject } from '../../../testing';

/**
 * Maximum wait for the running calls of a function without an alias. When its code changes, the
 * emulator ends these calls.
 */
const MAX_WAIT_MS = 1_000;
const POLL_MS = 20;
/** Interval between two checks whether an old version still has running calls. */
const RETIRE_MS = 100;
const FUNCTIONS = '/2015-03-31/functions';

export interface CodeSwapperProps {
  readonly api: (region: string) => CloudApi;
  readonly emulator: Pick<Emulator, 'running'>;
  /** Prints a line for the user. */
  readonly line: (text: string) => void;
}

/**
 * Deploys new code of functions by calls of the Lambda API. Aliases move to a new version. The old
 * version finishes its running calls and is then deleted, because the emulator would keep its
 * processes for minutes.
 */
export class CodeSwapper {
  private readonly retiring = new Set<Promise<void>>();
  private stopped = false;

  public constructor(private readonly props: CodeSwapperProps) {}

  /** Replaces a function's code. Returns when the next request gets the new code. */
  public async swap(fn: LiveFunction, zip: Uint8Array): Promise<void> {
    const api = this.props.api(fn.region);
    const path = `${FUNCTIONS}/${encodeURIComponent(fn.name)}`;
    if (fn.aliases.length === 0 && !(await this.isIdle(fn.name))) {
      this.props.line(`${fn.module}: a call longer than a second was ended, because the function has no alias`);
    }
    await send(api, 'PUT', `${path}/code`, { ZipFile: Buffer.from(zip).toString('base64') });
    if (fn.aliases.length === 0) return;
    const { Version: version } = await send(api, 'POST', `${path}/versions`, {});
    for (const alias of fn.aliases) {
      const place = `${path}/aliases/${encodeURIComponent(alias)}`;
      const { FunctionVersion: old } = (await (await api.rest('lambda', 'GET', place)).json()) as JsonObject;
      if (old === version) continue;
      await send(api, 'PUT', place, { FunctionVersion: version! });
      this.retire(api, fn.name, String(old));
    }
  }

  /** Waits until every old version is deleted. */
  public async settled(): Promise<void> {
    await Promise.all(this.retiring);
  }

  /** Stops waiting for old versions. */
  public stop(): void {
    this.stopped = true;
  }

  private async isIdle(name: string): Promise<boolean> {
    const until = Date.now() + MAX_WAIT_MS;
    while ((await this.props.emulator.running(name, '$LATEST')) > 0) {
      if (Date.now() > until) return false;
      await sleep(POLL_MS);
    }
    return true;
  }

  private retire(api: CloudApi, name: string, version: string): void {
    const work = (async () => {
      do await sleep(RETIRE_MS);
      while (!this.stopped && (await this.props.emulator.running(name, version)) > 0);
      if (this.stopped) return;
      await api.rest('lambda', 'DELETE', `${FUNCTIONS}/${encodeURIComponent(name)}?Qualifier=${version}`);
    })()
      // Ignored: the version is already deleted, or an alias outside of the app uses it.
      .catch(() => undefined)
      .finally(() => this.retiring.delete(work));
    this.retiring.add(work);
  }
}

async function send(api: CloudApi, method: string, path: string, body: JsonObject): Promise<JsonObject> {
  const headers = { 'content-type': 'application/json' };
  return (await (await api.rest('lambda', method, path, JSON.stringify(body), headers)).json()) as JsonObject;
}
