import {
  GetAccountSettingsCommand,
  GetAliasCommand,
  GetProvisionedConcurrencyConfigCommand,
  PutProvisionedConcurrencyConfigCommand,
} from '@aws-sdk/client-lambda';
import { isRefusal } from '../aws-errors';
import type { AccountConcurrency, Aliases, Provisioned } from './aliases';
import type { AwsClients } from './aws-clients';

/** Calls AWS Lambda for aliases. */
export class LambdaAliases implements Aliases {
  public constructor(
    private readonly client: AwsClients['lambda'],
    private readonly abortSignal: AbortSignal,
  ) {}

  public async weights(functionName: string, aliasName: string): Promise<Readonly<Record<string, number>>> {
    const command = new GetAliasCommand({ FunctionName: functionName, Name: aliasName });
    const { RoutingConfig } = await this.client.send(command, { abortSignal: this.abortSignal });
    return RoutingConfig?.AdditionalVersionWeights ?? {};
  }

  public async provisioned(functionName: string, aliasName: string): Promise<Provisioned | undefined> {
    const command = new GetProvisionedConcurrencyConfigCommand({ FunctionName: functionName, Qualifier: aliasName });
    try {
      const config = await this.client.send(command, { abortSignal: this.abortSignal });
      return {
        requested: config.RequestedProvisionedConcurrentExecutions ?? 0,
        available: config.AvailableProvisionedConcurrentExecutions ?? 0,
        ...(config.Status === 'FAILED' ? { failure: config.StatusReason ?? 'no reason given' } : {}),
      };
    } catch (error) {
      if (isRefusal(error, 'ProvisionedConcurrencyConfigNotFoundException')) return undefined;
      throw error;
    }
  }

  public async provision(functionName: string, aliasName: string, instances: number): Promise<void> {
    const command = new PutProvisionedConcurrencyConfigCommand({
      FunctionName: functionName,
      Qualifier: aliasName,
      ProvisionedConcurrentExecutions: instances,
    });
    await this.client.send(command, { abortSignal: this.abortSignal });
  }

  public async account(): Promise<AccountConcurrency> {
    const command = new GetAccountSettingsCommand({});
    const { AccountLimit } = await this.client.send(command, { abortSignal: this.abortSignal });
    const total = AccountLimit?.ConcurrentExecutions;
    if (total === undefined) throw new Error('GetAccountSettings must state ConcurrentExecutions, got none');
    return { total, unreserved: AccountLimit?.UnreservedConcurrentExecutions ?? total };
  }
}
