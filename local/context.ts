/** A person who may sign in to the shop that runs here; made anew at each start. */
export interface LocalCustomer {
  readonly username: string;
  readonly password: string;
  /** Subject of the customer's tokens: what a micro-module sees as `caller.id`. */
  readonly sub: string;
}

/** Everything that replay and reconciliation may know of the running cloud. */
export interface LocalContext {
  /** Storefront, without a slash at its end: `http://localhost:<port>`. */
  readonly edgeUrl: string;
  /** Address of the embedded cloud, for SDK clients: `https://127.0.0.1:<port>`; its certificate is trusted by this process. */
  readonly endpoint: string;
  readonly region: string;
  readonly account: string;
  /** Outputs of the shop's stack. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly stackName: string;
  /** Resources of the shop's stack, nested ones included. */
  readonly resources: readonly LocalResource[];
  /** Access token of a service (`till`) by client credentials; kept until shortly before it expires. */
  tokenFor(service: string): Promise<string>;
  /** Access token of the customer, as the storefront gets it. */
  customerToken(): Promise<string>;
  readonly customer: LocalCustomer;
  /** Shows one line of progress; a later line may replace it on a terminal. */
  progress(text: string): void;
  /** CSV to replay. */
  readonly ordersFile: string;
}

/** A deployed resource. */
export interface LocalResource {
  readonly logicalId: string;
  readonly physicalId: string;
  /** CloudFormation type: `AWS::DynamoDB::Table`. */
  readonly type: string;
  /** Path in the construct tree, where the template tells it: `Shop/Orders/Shard0/Resource`. */
  readonly path?: string;
}
