/** An announced event, as the floor controller receives it. */
export interface CapacityEvent {
  /** Start of the event, ISO 8601 with a zone. */
  readonly from: string;
  /** End of the event, ISO 8601 with a zone. */
  readonly until: string;
  /** Factor by which the forecast is multiplied. It applies only while the forecast acts. */
  readonly factor?: number;
  /**
   * Minimum of concurrent executions during the event. It applies whether or not the forecast acts.
   */
  readonly demand?: number;
}

/**
 * The data about an alias that the floor controller needs to set the floor of its provisioned
 * concurrency. The alias's custom resource has these data as a property, and its schedule passes
 * them as input.
 */
export interface CapacityTarget {
  /** Stack name and path of the module. It identifies the module in logs and metrics. */
  readonly name: string;
  readonly functionName: string;
  readonly aliasName: string;
  /** Minimum of provisioned instances. The floor is never lower. */
  readonly min: number;
  /** Maximum of provisioned instances. The floor is never higher. */
  readonly max: number;
  /**
   * Minutes from the newest measured minute to the minute for which a floor is set. These minutes
   * must cover CloudWatch's delay (1 to 3 minutes) and the time that Lambda needs to start
   * instances (1 to 2 minutes).
   */
  readonly leadMinutes: number;
  /** Either a price or a limit. */
  readonly goal: {
    /** Price of a cold start, in idle instance-minutes. */
    readonly price?: number;
    /** Maximum share of requests with a cold start: 0.01 is 1 %. */
    readonly coldShare?: number;
  };
  /** IANA name of the time zone of days. UTC if absent. */
  readonly timeZone?: string;
  /** Local dates, `YYYY-MM-DD`, with demand that is unusual for their day of the week. */
  readonly holidays?: readonly string[];
  readonly events?: readonly CapacityEvent[];
  /** Names of the functions whose invocations precede invocations of this function. */
  readonly indicators?: readonly string[];
}

/** Names of the floor's resources in Application Auto Scaling, CloudFormation and CloudWatch. */
export const CAPACITY = {
  resourceType: 'Custom::BreakwaterScalableTarget',
  policyName: 'breakwater-predictive',
  /** Tag of a scalable target. Its value is the name of the stack that may change the target. */
  ownerTag: 'breakwater:stack',
  metricNamespace: 'Breakwater/Capacity',
  scalableDimension: 'lambda:function:ProvisionedConcurrency',
  serviceNamespace: 'lambda',
} as const;

/** Primary key of the capacity table: the target's resource ID, and the kind of data. */
export const CAPACITY_TABLE_KEY = { partition: 'target', sort: 'part' } as const;

/** Resource ID of the alias at Application Auto Scaling. */
export function resourceIdOf({ functionName, aliasName }: Pick<CapacityTarget, 'functionName' | 'aliasName'>): string {
  return `function:${functionName}:${aliasName}`;
}
