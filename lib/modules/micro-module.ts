import { Duration, Stack } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IPrincipal } from 'aws-cdk-lib/aws-iam';
import { FunctionUrl, FunctionUrlAuthType, InvokeMode } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { AliasedFunction, type Handler, type IFunctionGrantee, type IWorkload, type Scaling } from '../functions';
import type { IIdentity } from '../identity';
import type { DeploymentProfile } from '../profile';
import { Environment, type IdentityDeclaration, packRoutes, patternsOverlap } from '../protocol';
import { invalid, requireLiteral } from '../validation';
import type { Route } from './route';

const DEFAULT_TIMEOUT = Duration.seconds(10);

/** CloudFront waits at most 120 s for an origin's answer, and must wait longer than the function may run. */
const LONGEST_TIMEOUT = Duration.seconds(110);

/** Variables that start so are the library's. */
const RESERVED_VARIABLES = 'BREAKWATER_';

/** Props of `MicroModule`. */
export interface MicroModuleProps {
  /** Code that answers the routes. */
  readonly handler: Handler;

  /** What the module answers, and to whom: at least one, no two of which fit the same call. */
  readonly routes: Route[];

  /**
   * How its concurrency is bounded and paid.
   * @default Scaling.onDemand()
   */
  readonly scaling?: Scaling;

  /**
   * Memory in MiB, and CPU in proportion.
   * @default - as `AliasedFunction`
   */
  readonly memorySize?: number;

  /**
   * Longest that an answer may take: whole seconds, 1 to 110, since the edge waits little longer.
   * @default Duration.seconds(10)
   */
  readonly timeout?: Duration;

  /**
   * Variables of the function, besides the library's own (`BREAKWATER_...`). Never a secret; 4 KB in all.
   * @default - none
   */
  readonly environment?: { [name: string]: string };

  /**
   * Whose tokens it accepts. Needed as soon as one route isn't for anyone.
   * @default - none: only routes for anyone
   */
  readonly identity?: IIdentity;

  /**
   * What the deployment is for.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/**
 * One unit of the product with its own routes, function, role and scaling. Its address takes calls signed with IAM only,
 * so nobody reaches it but an edge that was given the right to.
 *
 * ```ts
 * const search = new MicroModule(this, 'Search', {
 *   handler: code.handler('search'),
 *   routes: [Route.get('/search', { access: Access.ANYONE, query: { q: ParameterForm.text(100) } })],
 * });
 * ```
 */
export class MicroModule extends Construct implements IFunctionGrantee, IWorkload {
  /** The function behind the module, with its alias, role and log group. */
  public readonly function: AliasedFunction;
  /** Address of the function's alias: IAM-signed calls only. */
  public readonly functionUrl: FunctionUrl;
  /** What it answers. */
  public readonly routes: Route[];
  /** Whose tokens it accepts, where there is an identity. */
  public readonly identity?: IIdentity;
  public readonly grantPrincipal: IPrincipal;

  constructor(scope: Construct, id: string, props: MicroModuleProps) {
    super(scope, id);
    const timeout = props.timeout ?? DEFAULT_TIMEOUT;
    this.checkRoutes(props.routes, props.identity);
    this.checkTimeout(timeout);
    this.checkEnvironment(props.environment ?? {});

    this.routes = [...props.routes];
    this.identity = props.identity;
    this.function = new AliasedFunction(this, 'Function', {
      handler: props.handler,
      workloadName: id,
      timeout,
      memorySize: props.memorySize,
      scaling: props.scaling,
      profile: props.profile,
      environment: { ...props.environment, ...this.declarations() },
    });
    this.grantPrincipal = this.function.grantPrincipal;

    this.functionUrl = new FunctionUrl(this, 'Url', {
      function: this.function.alias,
      authType: FunctionUrlAuthType.AWS_IAM,
      invokeMode: InvokeMode.BUFFERED,
    });

    for (const service of this.routes.flatMap((route) => route.access.services)) props.identity?.addService(service);
  }

  /** The function behind the module. */
  public get workload(): AliasedFunction {
    return this.function;
  }

  /** Sets an environment variable of the function. */
  public addEnvironment(name: string, value: string): void {
    this.function.addEnvironment(name, value);
  }

  /** Calls per minute (sum), rejected ones not among them. */
  public metricInvocations(options?: MetricOptions): Metric {
    return this.function.alias.metricInvocations(options);
  }

  /** Calls per minute that ended in an error of the function, not counting those it answered with a 4xx or 5xx by itself. */
  public metricErrors(options?: MetricOptions): Metric {
    return this.function.alias.metricErrors(options);
  }

  /** Milliseconds that calls took. */
  public metricDuration(options?: MetricOptions): Metric {
    return this.function.alias.metricDuration(options);
  }

  /** Calls per minute that were rejected because no concurrency was left. */
  public metricThrottles(options?: MetricOptions): Metric {
    return this.function.alias.metricThrottles(options);
  }

  /** Requests that reached the function URL (sum). */
  public metricUrlRequests(options?: MetricOptions): Metric {
    return this.metricUrl('UrlRequestCount', options);
  }

  /** Requests answered with 5xx (sum): by the function itself, or by Lambda because the function failed or timed out. */
  public metricUrl5xx(options?: MetricOptions): Metric {
    return this.metricUrl('Url5xxCount', options);
  }

  /** Milliseconds from the arrival of a request at the function URL to the answer (average). */
  public metricUrlLatency(options?: MetricOptions): Metric {
    return this.metricUrl('UrlRequestLatency', { statistic: 'Average', ...options });
  }

  /** Lambda reports function URLs by the function's name. The URL of the alias `live` is the only one of a module. */
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
    // A module that lets in anyone needs no keys of an issuer, and so isn't told of one.
    if (this.identity && this.routes.some((route) => route.access.readsToken)) {
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

  private checkRoutes(routes: Route[], identity: IIdentity | undefined): void {
    if (routes.length === 0) throw invalid(this, 'routes', 'must be at least one, got none: nothing could reach it');
    for (const [i, route] of routes.entries()) {
      const other = routes
        .slice(0, i)
        .find((earlier) => earlier.method === route.method && patternsOverlap(earlier.path, route.path));
      if (other) {
        throw invalid(this, 'routes', `must not overlap, got '${other}' and '${route}', which both fit some path`);
      }
      if (route.access.readsToken && !identity) {
        throw invalid(
          this,
          'identity',
          `must be given, since '${route}' is for ${route.access.declarations.join(', ')}; ` +
            'use Identity.userPool() or Identity.oidc(), or open the route with Access.ANYONE',
        );
      }
    }
    if (identity && identity.kind !== 'cognito' && identity.kind !== 'oidc') {
      throw invalid(this, 'identity', `must be of kind 'cognito' or 'oidc', got '${identity.kind}'`);
    }
  }

  private checkTimeout(timeout: Duration): void {
    requireLiteral(this, 'timeout', timeout, 'it is compared with what the edge waits');
    const milliseconds = timeout.toMilliseconds();
    if (milliseconds < 1_000 || milliseconds > LONGEST_TIMEOUT.toMilliseconds() || milliseconds % 1_000 !== 0) {
      throw invalid(
        this,
        'timeout',
        `must be whole seconds from 1 to ${LONGEST_TIMEOUT.toSeconds()} (the edge waits 10 s longer, at most 120), got ${timeout.toHumanString()}; ` +
          'give longer work to a queue worker',
      );
    }
  }

  private checkEnvironment(environment: { [name: string]: string }): void {
    const reserved = Object.keys(environment).find((name) => name.startsWith(RESERVED_VARIABLES));
    if (reserved !== undefined) {
      throw invalid(
        this,
        'environment',
        `must not set variables that start with '${RESERVED_VARIABLES}', got '${reserved}'`,
      );
    }
  }
}
