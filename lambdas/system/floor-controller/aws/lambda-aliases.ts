import type { AccountConcurrency, Aliases, Provisioned } from '../aliases';
import { type AwsApi, LAMBDA } from './aws-api';
import { isAwsError } from './aws-error';

/** Lambda's REST API, as far as floors need it. */
export class LambdaAliases implements Aliases {
  public constructor(private readonly api: AwsApi) {}

  public async weighted(functionName: string, aliasName: string): Promise<boolean> {
    const path = `/2015-03-31/functions/${encodeURIComponent(functionName)}/aliases/${encodeURIComponent(aliasName)}`;
    const alias = await this.api.get<{ RoutingConfig?: { AdditionalVersionWeights?: Record<string, number> } | null }>(
      LAMBDA,
      'GetAlias',
      path,
    );
    return Object.keys(alias.RoutingConfig?.AdditionalVersionWeights ?? {}).length > 0;
  }

  public async provisioned(functionName: string, aliasName: string): Promise<Provisioned | undefined> {
    try {
      const config = await this.api.get<{
        RequestedProvisionedConcurrentExecutions?: number;
        AvailableProvisionedConcurrentExecutions?: number;
        Status?: string;
        StatusReason?: string;
      }>(LAMBDA, 'GetProvisionedConcurrencyConfig', provisionedPath(functionName, aliasName));
      return {
        requested: config.RequestedProvisionedConcurrentExecutions ?? 0,
        available: config.AvailableProvisionedConcurrentExecutions ?? 0,
        ...(config.Status === 'FAILED' ? { failure: config.StatusReason ?? 'no reason given' } : {}),
      };
    } catch (error) {
      if (isAwsError(error, 'ProvisionedConcurrencyConfigNotFoundException')) return undefined;
      throw error;
    }
  }

  public async provision(functionName: string, aliasName: string, instances: number): Promise<void> {
    await this.api.put(LAMBDA, 'PutProvisionedConcurrencyConfig', provisionedPath(functionName, aliasName), {
      ProvisionedConcurrentExecutions: instances,
    });
  }

  public async account(): Promise<AccountConcurrency> {
    const { AccountLimit } = await this.api.get<{
      AccountLimit?: { ConcurrentExecutions?: number; UnreservedConcurrentExecutions?: number };
    }>(LAMBDA, 'GetAccountSettings', '/2016-08-19/account-settings');
    const total = AccountLimit?.ConcurrentExecutions;
    if (total === undefined) throw new Error('lambda GetAccountSettings stated no ConcurrentExecutions');
    return { total, unreserved: AccountLimit?.UnreservedConcurrentExecutions ?? total };
  }
}

function provisionedPath(functionName: string, aliasName: string): string {
  const name = encodeURIComponent(functionName);
  return `/2019-09-30/functions/${name}/provisioned-concurrency?Qualifier=${encodeURIComponent(aliasName)}`;
}
