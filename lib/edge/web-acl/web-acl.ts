import { Annotations, ArnFormat, Lazy, Names, Stack, Token } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, type CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { DataClass, Keyring } from '../../keyring';
import { WAF } from '../../limits';
import type { Route } from '../../modules';
import { type DeploymentProfile, PROFILE, profileOf } from '../../profile';
import { type RouteDeclaration, refusalBody, TOKEN_HEADER } from '../../protocol';
import { invalid, mustBe, type PropChecks, requireInteger, requireOwnProps } from '../../validation';
import { stackInstance } from '../stack-instance';
import { ManagedRuleGroup } from './managed-rule-group';
import { WebAclResource } from './web-acl-resource';
import { ACL_REFUSALS, type AclRules, aclRules, PAGE_KEY, refusalResponse, visibility } from './web-acl-rules';

/**
 * Maximum requests of one IP address in five minutes. A busy person, or an office with one IP
 * address, sends fewer requests.
 */
const DEFAULT_RATE_LIMIT = 2_000;
/** Checks of the options, for apps without a type checker. */
export const WEB_ACL_OPTIONS: PropChecks<WebAclOptions> = {
  rateLimit: mustBe.checkedLater,
  managedGroups: mustBe.listOf(
    mustBe.instance(ManagedRuleGroup, 'use ManagedRuleGroup.COMMON or ManagedRuleGroup.of()'),
  ),
};
const PROPS: PropChecks<WebAclProps> = {
  ...WEB_ACL_OPTIONS,
  profile: PROFILE,
  encryptionKey: mustBe.object<IKey>('IKey', 'keyArn'),
};
const DEFAULT_GROUPS = [ManagedRuleGroup.IP_REPUTATION, ManagedRuleGroup.KNOWN_BAD_INPUTS, ManagedRuleGroup.COMMON];

/** Options of a web ACL. */
export interface WebAclOptions {
  /**
   * Maximum requests of one IP address in five minutes, 10 to 2,000,000,000. Further requests get
   * 429.
   * @default 2000
   */
  readonly rateLimit?: number;

  /**
   * Managed rule groups of AWS, which WAF evaluates before the allow-list, in this order.
   * @default - IP_REPUTATION, KNOWN_BAD_INPUTS, COMMON
   */
  readonly managedGroups?: ManagedRuleGroup[];
}

/** Props of a `WebAcl`. */
export interface WebAclProps extends WebAclOptions {
  /**
   * Purpose of the deployment. It decides how long the log of blocked requests is retained.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * Key that encrypts the log of blocked requests.
   * @default - the key of the stack's keyring for logs
   */
  readonly encryptionKey?: IKey;
}

/**
 * The allow-list web ACL of an `EdgeDistribution`. It allows requests for declared routes and for
 * the site, and blocks all others. A request above the rate limit gets 429. A request with an
 * undeclared body size or media type gets 413 or 415. All other blocked requests get 404. Their
 * error codes are listed in `docs/refusals.md`. The web ACL's stack must be in us-east-1.
 *
 * Synth sums the capacity units. Above 5,000 units synth fails. Above 1,500 units, the number that
 * WAF's base price includes, synth warns.
 */
export class WebAcl extends Construct {
  /** ARN of the web ACL, for `webAclId` of a distribution. */
  public readonly webAclArn: string;
  /** Log of blocked requests, without tokens and cookies. */
  public readonly logGroup: LogGroup;
  /** The web ACL itself. */
  public readonly resource: CfnWebACL;
  private readonly rateLimit: number;
  private readonly managedGroups: ManagedRuleGroup[];
  private readonly routes: RouteDeclaration[] = [];
  private sitePaths?: string[];
  private notFoundPage?: string;

  constructor(scope: Construct, id: string, props: WebAclProps = {}) {
    super(scope, id);
    const stack = Stack.of(this);
    if (!Token.isUnresolved(stack.region) && stack.region !== 'us-east-1') {
      throw invalid(this, 'stack', `must be in us-east-1, the Region of CloudFront's web ACLs, got ${stack.region}`);
    }
    requireOwnProps(this, WebAcl, props, PROPS);
    requireInteger(this, 'rateLimit', props.rateLimit, WAF.MIN_RATE_LIMIT, WAF.MAX_RATE_LIMIT);
    this.rateLimit = props.rateLimit ?? DEFAULT_RATE_LIMIT;
    this.managedGroups = props.managedGroups ?? DEFAULT_GROUPS;
    const duplicate = this.managedGroups.find(
      (group, i) => this.managedGroups.findIndex((g) => g.groupName === group.groupName) !== i,
    );
    if (duplicate)
      throw invalid(this, 'managedGroups', `must contain each group once, got '${duplicate.groupName}' twice`);

    this.resource = new WebAclResource(this, 'Resource', {
      scope: 'CLOUDFRONT',
      description: 'Requests of declared routes pass, all others are blocked',
      defaultAction: { block: { customResponse: refusalResponse('not_found') } },
      rules: Lazy.any({ produce: () => this.render().rules }),
      customResponseBodies: Lazy.any({ produce: () => this.answers() }),
      associationConfig: Lazy.any({ produce: () => this.bodyInspection() }),
      visibilityConfig: visibility('web-acl'),
    });
    this.webAclArn = this.resource.attrArn;
    this.logGroup = this.makeLog(props);
    this.node.addValidation({ validate: () => this.capacityErrors() });
  }

  /**
   * Allows requests for routes. Their method, path, query parameters, body size and media type must
   * be as declared.
   * @throws BreakwaterError if a path or a query doesn't fit into a regular expression of 512
   * characters
   * @internal
   */
  public _addRoutes(routes: Route[]): void {
    this.routes.push(...routes.map((route) => route._declaration()));
    try {
      this.render();
    } catch (error) {
      throw invalid(this, 'routes', (error as Error).message);
    }
    const uninspected = routes.filter((route) => (route.maxBody?.toBytes() ?? 0) > WAF.MAX_BODY_INSPECTION_BYTES);
    for (const route of uninspected) {
      Annotations.of(this).addInfo(
        `${route.toString()} accepts bodies of ${route.maxBody?.toKibibytes()} KiB: a web ACL inspects at most 64 KiB, so only the module checks this body's size`,
      );
    }
  }

  /**
   * Allows GET and HEAD requests for a static site, with any query.
   * @param paths percent-encoded paths of the site's files and folders. If they have more than
   * about 5,000 characters in total, every path of letters, digits and `._~%+-` is allowed.
   * @param notFoundPage HTML page that browsers get for unknown paths; if it is empty or larger
   * than 4 KiB, browsers get JSON
   * @internal
   */
  public _addSite(paths: string[], notFoundPage: string): void {
    if (this.sitePaths) throw invalid(this, 'site', 'must be added once, got a second one');
    this.sitePaths = [...paths];
    this.notFoundPage =
      notFoundPage !== '' && Buffer.byteLength(notFoundPage) <= WAF.MAX_RESPONSE_BODY_BYTES ? notFoundPage : undefined;
  }

  /** Capacity units of the rules. */
  public get capacity(): number {
    return this.render().capacity;
  }

  private render(): AclRules {
    return aclRules({
      rateLimit: this.rateLimit,
      managedGroups: this.managedGroups,
      routes: this.routes,
      sitePaths: this.sitePaths,
      notFoundPage: this.notFoundPage !== undefined,
      inspectedBytes: this.inspectedKib() * 1024,
    });
  }

  /**
   * The smallest inspection size that covers the largest body of a route. AWS charges for all sizes
   * but the smallest one.
   */
  private inspectedKib(): number {
    const needed = Math.max(
      0,
      ...this.routes.map(({ maxBody = 0 }) => (maxBody <= WAF.MAX_BODY_INSPECTION_BYTES ? maxBody : 0)),
    );
    return WAF.BODY_INSPECTION_KIB.find((kib) => kib * 1024 >= needed)!;
  }

  private bodyInspection(): CfnWebACL.AssociationConfigProperty | undefined {
    const kib = this.inspectedKib();
    return kib === WAF.BODY_INSPECTION_KIB[0]
      ? undefined
      : { requestBody: { CLOUDFRONT: { defaultSizeInspectionLimit: `KB_${kib}` } } };
  }

  private answers(): { [key: string]: CfnWebACL.CustomResponseBodyProperty } {
    const refusals = ACL_REFUSALS.map((code) => [
      code,
      { contentType: 'APPLICATION_JSON', content: refusalBody(code) },
    ]);
    return {
      ...Object.fromEntries(refusals),
      ...(this.notFoundPage === undefined
        ? {}
        : { [PAGE_KEY]: { contentType: 'TEXT_HTML', content: this.notFoundPage } }),
    };
  }

  private makeLog(props: WebAclProps): LogGroup {
    const profile = profileOf(this, props.profile);
    // WAF writes only to log groups with this prefix. The name's last part differs for each
    // creation of the stack. So the stack can be created again although a deleted stack of the same
    // name left its log group behind.
    const place = Names.uniqueResourceName(this, { maxLength: 80, separator: '-' });
    const name = `aws-waf-logs-${place}-${stackInstance()}`;
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: name,
      retention: profile.logRetention,
      removalPolicy: profile.removalPolicy,
      encryptionKey: props.encryptionKey ?? Keyring.of(this, profile).keyFor(DataClass.LOGS),
    });
    new CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: this.webAclArn,
      // The code builds the ARN itself, because the log group's attribute `Arn` ends with `:*`. WAF
      // refuses such an ARN.
      logDestinationConfigs: [
        Stack.of(this).formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: logGroup.logGroupName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
      redactedFields: ['authorization', 'cookie', TOKEN_HEADER].map((header) => ({ singleHeader: { Name: header } })),
      loggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          { Behavior: 'KEEP', Requirement: 'MEETS_ANY', Conditions: [{ ActionCondition: { Action: 'BLOCK' } }] },
        ],
      },
    });
    return logGroup;
  }

  private capacityErrors(): string[] {
    const { capacity } = this.render();
    if (capacity > WAF.MAX_CAPACITY) {
      return [
        `routes and managed groups must use at most ${WAF.MAX_CAPACITY} capacity units of the web ACL, got ${capacity}; use fewer groups or routes`,
      ];
    }
    if (capacity > WAF.MAX_INCLUDED_CAPACITY) {
      Annotations.of(this).addWarningV2(
        'breakwater:web-acl-capacity',
        `the web ACL uses ${capacity} capacity units; above ${WAF.MAX_INCLUDED_CAPACITY} each request costs more`,
      );
    }
    return [];
  }
}
