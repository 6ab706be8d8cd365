/** An announced event, as the floor controller receives it. */
export interface CapacityEvent {
  /** When it starts, ISO 8601 with a zone. */
  readonly from: string;
  /** When it is over, ISO 8601 with a zone. */
  readonly until: string;
  /** Factor on the forecast. It applies only while the forecast acts. */
  readonly factor?: number;
  /** Minimum of concurrent executions during the event. It applies in every mode. */
  readonly demand?: number;
}

/**
 * The data about an alias that the floor controller needs to set the floor of its provisioned
 * concurrency: property of its custom resource, and input of its schedule.
 */
export interface CapacityTarget {
  /** Stack and path of the module: its name in logs and metrics. */
  readonly name: string;
  readonly functionName: string;
  readonly aliasName: string;
  /** Instances that are always warm; the floor is never lower. */
  readonly min: number;
  /** Maximum of instances kept warm; the floor is never higher. */
  readonly max: number;
  /**
   * Minutes from the newest measured minute to the minute that a floor is set for. Covers
   * CloudWatch's delay of one to three minutes and Lambda's preparation of one or two minutes.
   */
  readonly leadMinutes: number;
  /** One of the two. */
  readonly goal: {
    /** Price of a cold start, in idle instance-minutes. */
    readonly price?: number;
    /** Maximum share of requests with a cold start: 0.01 is 1 %. */
    readonly coldShare?: number;
  };
  /** IANA name of the zone in which days begin; UTC if left out. */
  readonly timeZone?: string;
  /** Local dates that are unlike their day of the week, `YYYY-MM-DD`. */
  readonly holidays?: readonly string[];
  readonly events?: readonly CapacityEvent[];
  /** Names of the functions whose invocations come before this one's. */
  readonly indicators?: readonly string[];
}

/** Names by which Application Auto Scaling, CloudFormation and CloudWatch know the floor. */
export const CAPACITY = {
  resourceType: 'Custom::BreakwaterScalableTarget',
  policyName: 'breakwater-predictive',
  /** Tag of a scalable target with the name of the stack that may change it. */
  ownerTag: 'breakwater:stack',
  metricNamespace: 'Breakwater/Capacity',
  scalableDimension: 'lambda:function:ProvisionedConcurrency',
  serviceNamespace: 'lambda',
} as const;

/**
 * Primary key of the capacity table: the target's resource id, and which part of what is kept of
 * it.
 */
export const CAPACITY_TABLE_KEY = { partition: 'target', sort: 'part' } as const;

/** Application Auto Scaling's name of the alias. */
export function resourceIdOf({ functionName, aliasName }: Pick<CapacityTarget, 'functionName' | 'aliasName'>): string {
  return `function:${functionName}:${aliasName}`;
}
