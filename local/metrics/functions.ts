import type { MetricPoint } from '../alarms';
import type { LocalResource } from '../running-app';

/**
 * Lambda publishes metrics of a function with its name, and metrics of each alias with name and
 * qualified name.
 */
export class FunctionDimensions {
  private readonly aliases = new Map<string, Set<string>>();

  public constructor(resources: readonly LocalResource[]) {
    for (const { type, physicalId } of resources) {
      if (type !== 'AWS::Lambda::Alias') continue;
      const [name, alias] = physicalId.split(':').slice(-2);
      if (name === undefined || alias === undefined) continue;
      this.aliases.set(name, (this.aliases.get(name) ?? new Set()).add(alias));
    }
  }

  /** The same value for the function and for each alias. */
  public points(functionName: string, metricName: string, value: number, timestamp: number): MetricPoint[] {
    const namespace = 'AWS/Lambda';
    const all: Record<string, string>[] = [{ FunctionName: functionName }];
    for (const alias of this.aliases.get(functionName) ?? []) {
      all.push({ FunctionName: functionName, Resource: `${functionName}:${alias}` });
    }
    return all.map((dimensions) => ({ namespace, metricName, dimensions, timestamp, value }));
  }
}
