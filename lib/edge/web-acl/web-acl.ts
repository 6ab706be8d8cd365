import { Annotations, ArnFormat, Lazy, Names, Stack, Token } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { DataClass, Keyring } from '../../keyring';
import { WAF } from '../../limits';
import type { Route } from '../../modules';
import { type DeploymentProfile, profileOf } from '../../profile';
import { type RouteDeclaration, refusalBody, TOKEN_HEADER } from '../../protocol';
import { invalid, requireInteger } from '../../validation';
import { stackInstance } from '../edge-name';
import { ManagedRuleGroup } from './managed-rule-group';
import { ACL_REFUSALS, type AclRules, aclRules, PAGE_KEY, refusalResponse, visibility } from './web-acl-rules';

/** Requests in five minutes: a busy person, or an office behind one address, makes fewer. */
const DEFAULT_RATE_LIMIT = 2_000;
const DEFAULT_GROUPS = [ManagedRuleGroup.IP_REPUTATION, ManagedRuleGroup.KNOWN_BAD_INPUTS, ManagedRuleGroup.COMMON];

/** What can be chosen of a web ACL. */
export interface WebAclOptions {
  /**
   * Requests that one IP address may make in five minutes, then 429; 10 to 2,000,000,000.
   * @default 2000
   */
  readonly rateLimit?: number;

  /**
   * Rules of AWS in front of the allow-list, in this order.
   * @default - IP_REPUTATION, KNOWN_BAD_INPUTS, COMMON
   */
  readonly managedGroups?: ManagedRuleGroup[];
}

/** Props of a `WebAcl`. */
export interface WebAclProps extends WebAclOptions {
  /**
   * What the deployment is for: how long the log of blocked requests is kept.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * Key of that log.
   * @default - the stack keyring's key for logs
   */
  readonly encryptionKey?: IKey;
}

/**
 * A positive web ACL for CloudFront: what is declared by `addRoutes` and `addSite` passes, everything else is answered with 404
 * (429 above the rate limit, 413 and 415 for a body that a declared route doesn't take). Its stack must be in us-east-1.
 *
 * Capacity units are summed at synth: above 5,000 it fails, above 1,500 (included in the price) it warns.
 */
export class WebAcl extends Construct {
  /** ARN, for a distribution's `webAclId`. */
  public readonly webAclArn: string;
  /** Where blocked requests are written, without tokens and cookies. */
  public readonly logGroup: LogGroup;
  /** The resource itself. */
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
      throw invalid(this, 'stack', `must be in us-east-1, where web ACLs of CloudFront live, got ${stack.region}`);
    }
    requireInteger(this, 'rateLimit', props.rateLimit, WAF.MIN_RATE_LIMIT, WAF.MAX_RATE_LIMIT);
    this.rateLimit = props.rateLimit ?? DEFAULT_RATE_LIMIT;
    this.managedGroups = props.managedGroups ?? DEFAULT_GROUPS;
    const twice = this.managedGroups.find(
      (group, i) => this.managedGroups.findIndex((g) => g.groupName === group.groupName) !== i,
    );
    if (twice) throw invalid(this, 'managedGroups', `must name each group once, got '${twice.groupName}' twice`);

    this.resource = new CfnWebACL(this, 'Resource', {
      scope: 'CLOUDFRONT',
      description: 'What is declared passes, everything else is answered here',
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
   * Lets routes through: method, path, query parameters, body size and media type as declared.
   * @throws BreakwaterError if a path or a query can't be expressed in 512 characters of a regular expression
   */
  public addRoutes(routes: Route[]): void {
    this.routes.push(...routes.map((route) => route._declaration()));
    try {
      this.render();
    } catch (error) {
      throw invalid(this, 'routes', (error as Error).message);
    }
    const beyond = routes.filter((route) => (route.maxBody?.toBytes() ?? 0) > WAF.MAX_BODY_INSPECTION_BYTES);
    for (const route of beyond) {
      Annotations.of(this).addInfo(
        `${route.toString()} takes ${route.maxBody!.toKibibytes()} KiB: a web ACL sees 64 KiB of a body at most, so only the module checks this one's size`,
      );
    }
  }

  /**
   * Lets GET and HEAD of a static site through, with any query (files don't read it).
   * @param paths percent-encoded paths of its files and folders; above some 5,000 characters any clean path passes
   * @param notFoundPage HTML for a browser at another address, at most 4 KB; empty: the JSON that everybody gets
   */
  public addSite(paths: string[], notFoundPage: string): void {
    if (this.sitePaths) throw invalid(this, 'site', 'must be added once, got a second one');
    this.sitePaths = [...paths];
    this.notFoundPage =
      notFoundPage !== '' && Buffer.byteLength(notFoundPage) <= WAF.MAX_RESPONSE_BODY_BYTES ? notFoundPage : undefined;
  }

  /** Capacity units of what was added until now. */
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

  /** The smallest step that covers the largest body of a route, or the largest step. Steps above the first cost a fee. */
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
    // WAF writes only to groups whose name starts so. The rest is another for each creation of the stack: a retained group of an earlier
    // one would refuse the next by its name.
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
      // Built here, since the group's own ARN attribute ends with `:*`, which WAF refuses.
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
        `routes and managed groups must take at most ${WAF.MAX_CAPACITY} capacity units of the web ACL, got ${capacity}; use fewer groups or routes`,
      ];
    }
    if (capacity > WAF.MAX_INCLUDED_CAPACITY) {
      Annotations.of(this).addWarningV2(
        'breakwater:web-acl-capacity',
        `the web ACL takes ${capacity} capacity units; above ${WAF.MAX_INCLUDED_CAPACITY} each request costs more`,
      );
    }
    return [];
  }
}
