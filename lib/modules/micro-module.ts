import { Annotations, Duration, Stack } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IPrincipal } from 'aws-cdk-lib/aws-iam';
import { FunctionUrl, FunctionUrlAuthType, InvokeMode } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import {
  AliasedFunction,
  checkedVpcProps,
  Handler,
  type IFunctionGrantee,
  type IWorkload,
  Scaling,
  VPC_PROPS,
  type VpcProps,
} from '../functions';
import { type IIdentity, noteIdentity, requireIdentity } from '../identity';
import { type DeploymentProfile, PROFILE } from '../profile';
import { Environment, type IdentityDeclaration, packRoutes } from '../protocol';
import { requireFunctionUrls } from '../stacks';
import { mustBe, type PropChecks, requireOwnProps, requireProps } from '../validation';
import { checkMicroModule, warnOfOtherHandlers, warnOfUnverifiedTokens } from './micro-module-checks';
import { Route } from './route';

const DEFAULT_TIMEOUT = Duration.seconds(10);

const PROPS: PropChecks<MicroModuleProps> = {
  handler: mustBe.instance(Handler, 'use HandlerBundle.handler() or Handler.fromCode()'),
  routes: mustBe.listOf(mustBe.instance(Route, 'use Route.get(), Route.post(), ...')),
  scaling: mustBe.instance(Scaling, 'use Scaling.onDemand(), reserved() or provisioned()'),
  memorySize: mustBe.checkedLater,
  timeout: mustBe.instance(Duration, 'use Duration.seconds()'),
  environment: mustBe.texts,
  identity: requireIdentity,
  profile: PROFILE,
  ...VPC_PROPS,
};

/** Props of `MicroModule`. */
export interface MicroModuleProps extends VpcProps {
  /**
   * Code that answers the routes. If a route reads tokens, a handler from `Handler.fromCode` must
   * verify them itself.
   */
  readonly handler: Handler;

  /** Routes that the module answers, at least one. No two routes may match the same request. */
  readonly routes: Route[];

  /**
   * Whether the function's concurrency is on demand, reserved or provisioned.
   * @default Scaling.onDemand()
   */
  readonly scaling?: Scaling;

  /**
   * Memory in MB, 128 to 10,240. CPU power is proportional to memory.
   * @default 512
   */
  readonly memorySize?: number;

  /**
   * Timeout of the function: whole seconds, 1 to 110. The edge waits 10 seconds longer.
   * @default Duration.seconds(10)
   */
  readonly timeout?: Duration;

  /**
   * Environment variables of the function. Together with the library's own variables
   * (`BREAKWATER_...`), they must not exceed 4 KB. They must not contain secrets.
   * @default - none
   */
  readonly environment?: { [name: string]: string };

  /**
   * Issuer of the tokens that the module accepts. It is required if a route is for persons or
   * services.
   * @default - none: every route must be for anyone
   */
  readonly identity?: IIdentity;

  /**
   * Purpose of the deployment.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/**
 * A part of the product with its own routes, function, role and scaling. Its function URL accepts
 * only requests that IAM allows. So from outside the account, only an edge that serves the module
 * can call the URL.
 *
 * ```ts
 * const search = new MicroModule(this, 'Search', {
 *   handler: code.handler('search'),
 *   routes: [
 *     Route.get('/search', { access: Access.ANYONE, query: { q: ParameterForm.text(100) } }),
 *   ],
 * });
 * ```
 */
export class MicroModule extends Construct implements IFunctionGrantee, IWorkload {
  /** The function behind the module, with its alias, role and log group. */
  public readonly function: AliasedFunction;
  /** URL of the function's alias. It accepts only IAM-signed requests. */
  public readonly functionUrl: FunctionUrl;
  /** Routes that the module answers. */
  public readonly routes: Route[];
  /** Issuer of the tokens that the module accepts. */
  public readonly identity?: IIdentity;
  public readonly grantPrincipal: IPrincipal;
  private isReached = false;

  constructor(scope: Construct, id: string, props: MicroModuleProps) {
    super(scope, id);
    requireProps(this, props, 'handler', 'routes');
    requireOwnProps(this, MicroModule, props, PROPS);
    checkMicroModule(this, props);
    requireFunctionUrls(this);
    const { timeout = DEFAULT_TIMEOUT } = props;

    this.routes = [...props.routes];
    this.identity = props.identity;
    this.function = new AliasedFunction(this, 'Function', {
      handler: props.handler,
      workloadName: id,
      timeout,
      memorySize: props.memorySize,
      scaling: props.scaling,
      profile: props.profile,
      ...checkedVpcProps(this, props),
      environment: { ...props.environment, ...this.declarations() },
    });
    this.grantPrincipal = this.function.grantPrincipal;
    this.node.defaultChild = this.function.node.defaultChild;

    this.functionUrl = new FunctionUrl(this, 'Url', {
      function: this.function.alias,
      authType: FunctionUrlAuthType.AWS_IAM,
      invokeMode: InvokeMode.BUFFERED,
    });

    for (const service of this.routes.flatMap((route) => route.access.services)) props.identity?.addService(service);
    warnOfOtherHandlers(this, props);
    warnOfUnverifiedTokens(this, props);
    this.node.addValidation({ validate: () => this.warnUnreached() });
  }

  /**
   * Called by an edge that serves the module's routes.
   * @internal
   */
  public _reachedByEdge(): void {
    this.isReached = true;
  }

  /** The function behind the module. */
  public get workload(): AliasedFunction {
    return this.function;
  }

  /** Sets an environment variable of the function. */
  public addEnvironment(name: string, value: string): void {
    this.function.addEnvironment(name, value);
  }

  /** Invocations per minute, without throttled invocations (sum). */
  public metricInvocations(options?: MetricOptions): Metric {
    return this.function.alias.metricInvocations(options);
  }

  /**
   * Invocations per minute that ended with an error of the function (sum). An answer with 4xx or
   * 5xx isn't such an error.
   */
  public metricErrors(options?: MetricOptions): Metric {
    return this.function.alias.metricErrors(options);
  }

  /** Duration of invocations in milliseconds. */
  public metricDuration(options?: MetricOptions): Metric {
    return this.function.alias.metricDuration(options);
  }

  /** Invocations per minute that Lambda refused because no concurrency was left (sum). */
  public metricThrottles(options?: MetricOptions): Metric {
    return this.function.alias.metricThrottles(options);
  }

  /** Requests that reached the function URL (sum). */
  public metricUrlRequests(options?: MetricOptions): Metric {
    return this.metricUrl('UrlRequestCount', options);
  }

  /**
   * Requests that got an answer with 5xx (sum). Either the function itself sent this answer, or
   * Lambda did, because the function failed or timed out.
   */
  public metricUrl5xx(options?: MetricOptions): Metric {
    return this.metricUrl('Url5xxCount', options);
  }

  /** Milliseconds from the arrival of a request at the function URL to the answer (average). */
  public metricUrlLatency(options?: MetricOptions): Metric {
    return this.metricUrl('UrlRequestLatency', { statistic: 'Average', ...options });
  }

  /**
   * Makes a metric of the function URL. Lambda's metrics of function URLs have only the function's
   * name as dimension. A module has only one URL, of the alias `live`, so the metric covers this
   * URL.
   */
  private metricUrl(metricName: string, options?: MetricOptions): Metric {
    return new Metric({
      namespace: 'AWS/Lambda',
      metricName,
      dimensionsMap: { FunctionName: this.function.function.functionName },
      statistic: 'Sum',
      ...options,
    }).attachTo(this);
  }

  private declarations(): { [name: string]: string } {
    const environment: { [name: string]: string } = {
      [Environment.ROUTES]: packRoutes(this.routes.map((route) => route._declaration())),
    };
    // If all routes are for anyone, the module needs no issuer.
    if (this.identity && this.routes.some((route) => route.access.readsToken)) {
      noteIdentity(this, this.identity);
      const { issuer, kind, audience, servicePrefix, personClaim, personScope, jwksUri } = this.identity;
      const identity: IdentityDeclaration = {
        issuer,
        kind: kind === 'cognito' ? 'cognito' : 'oidc',
        ...(audience === undefined ? {} : { audience }),
        servicePrefix,
        ...(personClaim === undefined ? {} : { personClaim }),
        ...(personScope === undefined ? {} : { personScope }),
        ...(jwksUri === undefined ? {} : { jwksUri }),
      };
      environment[Environment.IDENTITY] = Stack.of(this).toJsonString(identity);
    }
    return environment;
  }

  private warnUnreached(): string[] {
    if (!this.isReached) {
      Annotations.of(this).addWarningV2(
        'breakwater:module-without-edge',
        'no edge serves the routes, so nobody can call them: use EdgeDistribution.addModule or Breakwater.addModule; ' +
          'acknowledge this if your own distribution calls the function URL',
      );
    }
    return [];
  }
}
