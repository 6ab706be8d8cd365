import { type CloudApi, CloudApiError, type JsonObject } from '../../testing';

/** Alias of a function. */
export interface AliasName {
  readonly functionName: string;
  readonly aliasName: string;
}

/** The part of Lambda that the fake needs. */
export interface Concurrency {
  /**
   * Requested provisioned concurrency of an alias. 0 if there is none. Undefined if the alias
   * doesn't exist.
   */
  read(alias: AliasName): Promise<number | undefined>;
  /** @throws Error if Lambda refuses the change */
  write(alias: AliasName, units: number): Promise<void>;
}

/**
 * Provisioned concurrency of functions on the local AWS emulator. The emulator stores and returns
 * the number, but provisions no instances.
 */
export class EmulatorConcurrency implements Concurrency {
  /** @param api client with the credentials of the service-linked role */
  public constructor(private readonly api: CloudApi) {}

  public async read(alias: AliasName): Promise<number | undefined> {
    if ((await this.get(aliasPath(alias))) === undefined) return undefined;
    const stored = await this.get(concurrencyPath(alias));
    return stored === undefined ? 0 : Number(stored['RequestedProvisionedConcurrentExecutions']);
  }

  public async write(alias: AliasName, units: number): Promise<void> {
    const known = await this.get(aliasPath(alias));
    const weights = (known?.['RoutingConfig'] as JsonObject | undefined)?.['AdditionalVersionWeights'] ?? {};
    // Lambda refuses provisioned concurrency for an alias with weights. The local AWS emulator
    // doesn't check this.
    if (Object.keys(weights as JsonObject).length > 0) {
      throw new Error('Alias with weights can not be used with Provisioned Concurrency');
    }
    await this.api.rest(
      'lambda',
      'PUT',
      concurrencyPath(alias),
      JSON.stringify({ ProvisionedConcurrentExecutions: units }),
    );
  }

  private async get(path: string): Promise<JsonObject | undefined> {
    try {
      return (await (await this.api.rest('lambda', 'GET', path)).json()) as JsonObject;
    } catch (error) {
      if (error instanceof CloudApiError && error.status === 404) return undefined;
      throw error;
    }
  }
}

function aliasPath({ functionName, aliasName }: AliasName): string {
  return `/2015-03-31/functions/${encodeURIComponent(functionName)}/aliases/${encodeURIComponent(aliasName)}`;
}

function concurrencyPath({ functionName, aliasName }: AliasName): string {
  const name = encodeURIComponent(functionName);
  return `/2019-09-30/functions/${name}/provisioned-concurrency?Qualifier=${encodeURIComponent(aliasName)}`;
}
