import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { PriceClass } from 'aws-cdk-lib/aws-cloudfront';
import { Construct } from 'constructs';
import { DocumentStore, type DocumentStoreProps } from '../documents';
import { EdgeDistribution, type EdgeDomain, type EdgeSiteProps, type WebAclOptions } from '../edge';
import { Identity, type IIdentity } from '../identity';
import { Keyring } from '../keyring';
import { MicroModule, type MicroModuleProps } from '../modules';
import { Operations, type OperationsProps } from '../operations';
import { PredictiveScaling, type PredictiveScalingProps } from '../prediction';
import { type DeploymentProfile, PROFILE, profileOf } from '../profile';
import { rootStack, tagSharedParts } from '../stacks';
import { ShardedTable, type ShardedTableProps } from '../tables';
import { mustBe, type PropChecks, requireOwnProps } from '../validation';
import { QueueWorker, type QueueWorkerProps } from '../workers';

/** Props of `Breakwater`. */
export interface BreakwaterProps {
  /**
   * Issuer of the tokens that the modules accept.
   * @default - none: every route must be open to anyone
   */
  readonly identity?: Identity;
  /**
   * Purpose of the deployment. Parts without their own profile get it.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
  /**
   * Custom domain names of the edge, and their certificate.
   * @default - CloudFront's default name, for which the TLS policy is always TLSv1; synth warns
   * about it
   */
  readonly domain?: EdgeDomain;
  /**
   * Rate limit and managed rule groups of the web ACL.
   * @default - 2,000 requests per IP address in 5 minutes, and the default groups of
   * `WebAclOptions`
   */
  readonly webAcl?: WebAclOptions;
  /**
   * Price class of CloudFront: the regions in which edge locations answer.
   * @default - all locations
   */
  readonly priceClass?: PriceClass;
}

/** Names of all props, to find misspelt ones in apps without a type checker. */
const PROPS: PropChecks<BreakwaterProps> = {
  identity: mustBe.instance(Identity, 'use Identity.userPool() or Identity.oidc()'),
  profile: PROFILE,
  domain: mustBe.checkedLater,
  webAcl: mustBe.checkedLater,
  priceClass: mustBe.checkedLater,
};

/**
 * A whole system in one construct: one edge (CloudFront), one identity, one keyring and one map
 * table. The app adds modules, workers, tables, document stores and a site. Each part also works
 * without this construct. This construct connects the parts. A part without its own profile gets
 * the profile of this construct.
 *
 * @example
 * const shop = new Breakwater(stack, 'Shop', { identity: Identity.userPool() });
 * const orders = shop.addTable('Orders', {
 *   partitionKey: { name: 'customerId', type: AttributeType.STRING },
 *   shards: 4,
 * });
 */
export class Breakwater extends Construct {
  /** The edge in front of every module. */
  public readonly edge: EdgeDistribution;
  /** Issuer of the tokens that the modules accept, if any. */
  public readonly identity?: IIdentity;
  /** Purpose of the deployment. */
  public readonly profile: DeploymentProfile;
  /** Address of the edge. */
  public readonly url: string;
  /** For each part, a callback that adds the part to an `Operations`. */
  private readonly parts: ((operations: Operations) => void)[] = [];
  private readonly operations: Operations[] = [];

  constructor(scope: Construct, id: string, props: BreakwaterProps = {}) {
    super(scope, id);
    requireOwnProps(this, Breakwater, props, PROPS);
    this.profile = profileOf(this, props.profile);
    // The keyring is made first. So this construct's profile also applies to the parts that a whole
    // stack shares.
    Keyring.of(this, this.profile);
    for (const stack of new Set([Stack.of(this), rootStack(this)])) tagSharedParts(this, stack);
    this.identity = props.identity?.bind(this, 'Identity', this.profile);
    this.edge = new EdgeDistribution(this, 'Edge', {
      identity: this.identity,
      domain: props.domain,
      webAcl: props.webAcl,
      priceClass: props.priceClass,
      profile: this.profile,
    });
    this.url = this.edge.url;
    this.watch((operations) => operations.addEdge(this.edge));
    new CfnOutput(this, 'Url', { value: this.url, description: 'Address of the edge' });
  }

  /** Adds a sharded table. */
  public addTable(id: string, props: ShardedTableProps): ShardedTable {
    const table = new ShardedTable(this, id, this.withProfile(props));
    this.watch((operations) => operations.addTable(table));
    return table;
  }

  /** Adds a worker and its queue. */
  public addWorker(id: string, props: QueueWorkerProps): QueueWorker {
    const worker = new QueueWorker(this, id, this.withProfile(props));
    this.watch((operations) => operations.addWorker(worker));
    return worker;
  }

  /** Adds a private, encrypted store for documents. */
  public addDocuments(id: string, props: DocumentStoreProps = {}): DocumentStore {
    return new DocumentStore(this, id, this.withProfile(props));
  }

  /** Adds a module and opens its routes at the edge. */
  public addModule(id: string, props: MicroModuleProps): MicroModule {
    const module = new MicroModule(this, id, {
      ...this.withProfile(props),
      identity: props?.identity ?? this.identity,
    });
    this.edge.addModule(module);
    this.watch((operations) => operations.addModule(module));
    return module;
  }

  /**
   * Adds a forecast to a module with provisioned concurrency. The forecast raises the minimum of
   * that concurrency (the floor) before demand rises.
   */
  public addPredictiveScaling(id: string, props: PredictiveScalingProps): PredictiveScaling {
    const scaling = new PredictiveScaling(this, id, this.withProfile(props));
    this.watch((operations) => operations.addPredictiveScaling(scaling));
    return scaling;
  }

  /**
   * Adds a dashboard, alarms, and an SNS topic for the alarms. The dashboard and the alarms cover
   * all parts, including parts that are added later.
   */
  public addOperations(id: string, props: OperationsProps = {}): Operations {
    const operations = new Operations(this, id, this.withProfile(props));
    this.operations.push(operations);
    for (const addTo of this.parts) addTo(operations);
    return operations;
  }

  /** Adds a static site. The edge serves it at all paths that no module declares. */
  public addSite(props: EdgeSiteProps): void {
    this.edge.addSite(props);
  }

  private watch(addTo: (operations: Operations) => void): void {
    this.parts.push(addTo);
    for (const operations of this.operations) addTo(operations);
  }

  /**
   * Adds this construct's profile to props without a profile. From some languages, jsii passes an
   * omitted prop as undefined, so the code tests the value, not the prop's presence. Props that
   * aren't an object stay as they are, so that the part refuses them.
   */
  private withProfile<T extends { readonly profile?: DeploymentProfile }>(props: T): T {
    if (props !== undefined && (typeof props !== 'object' || props === null || Array.isArray(props))) return props;
    return { ...props, profile: props?.profile === undefined ? this.profile : props.profile };
  }
}
