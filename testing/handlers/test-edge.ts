import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../cloud-api';
import type { EdgeRequest, EdgeResponse } from '../model';
import { pathFits } from '../path-pattern';
import type { DeployedApp, Resource } from '../template/deployed-app';
import { ViewerFunction } from '../viewer-function';
import { WebAclEvaluator } from '../web-acl';
import { webAclFromTemplate } from '../web-acl-template';

/** A part of the edge that can answer requests. */
export type EdgeLayer = 'web ACL' | 'behaviour' | 'viewer function';

/** A request of a test. Header names are in lower case. */
export interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Record<string, string | undefined>;
  readonly body: Uint8Array;
}

/**
 * The result of passing a request through the edge: a request for the module, or the answer of a
 * part of the edge.
 */
export type Passed =
  | { readonly request: SentRequest }
  | { readonly response: EdgeResponse; readonly refusedBy: EdgeLayer };

interface Behavior {
  readonly PathPattern?: string;
  readonly TargetOriginId: string;
  readonly AllowedMethods?: readonly string[];
  readonly FunctionAssociations?: readonly { readonly EventType: string; readonly FunctionARN: string }[];
}

interface DistributionConfig {
  readonly Origins: readonly { readonly Id: string; readonly DomainName: unknown }[];
  readonly CacheBehaviors?: readonly Behavior[];
  readonly DefaultCacheBehavior: Behavior;
  readonly WebACLId?: string;
}

const HOST = 'test.cloudfront.net';
let requests = 0;

/**
 * The edge in front of a module, made from the synthesized template. It has the web ACL, the
 * behaviours' allowed methods, and the viewer functions. It has no cache, and sets no security
 * headers.
 */
export class TestEdge {
  /** Returns the edge in front of a module, or undefined if there is none. */
  static of(app: DeployedApp, modulePath: string): TestEdge | undefined {
    const hosts = app.resources('AWS::Lambda::Url', modulePath).map(({ url }) => new URL(url).host);
    for (const { properties } of app.resources('AWS::CloudFront::Distribution')) {
      const config = properties['DistributionConfig'] as DistributionConfig;
      const origin = config.Origins.find(({ DomainName }) => hosts.includes(String(DomainName)));
      if (origin !== undefined) return new TestEdge(app, modulePath, config, origin.Id);
    }
    return undefined;
  }

  private readonly webAcl: WebAclEvaluator | undefined;
  private readonly functions = new Map<string, ViewerFunction>();

  private constructor(
    private readonly app: DeployedApp,
    private readonly modulePath: string,
    private readonly config: DistributionConfig,
    private readonly originId: string,
  ) {
    const acl = app.resources('AWS::WAFv2::WebACL').find(({ arn }) => arn === config.WebACLId);
    this.webAcl = acl && new WebAclEvaluator(webAclFromTemplate(acl.properties as JsonObject));
  }

  /**
   * Passes a request through the edge. The result is the request for the module, or the answer of
   * the part that refused it.
   * @throws Error if the edge routes the path to another module or to the site
   */
  async pass(sent: SentRequest): Promise<Passed> {
    const request = viewerRequest(sent);
    const blocked = this.webAcl?.evaluate(request).response;
    if (blocked !== undefined) return { response: blocked, refusedBy: 'web ACL' };
    const behavior = this.behaviorOf(request.path);
    if (!(behavior.AllowedMethods ?? ['GET', 'HEAD']).includes(request.method)) {
      const response = { status: 403, headers: {}, cookies: [], body: new Uint8Array() };
      return { response, refusedBy: 'behaviour' };
    }
    const result = await this.functionOf(behavior)?.onRequest(request, {
      distributionId: 'TEST',
      distributionDomainName: HOST,
      requestId: randomUUID(),
    });
    if (result?.response !== undefined) return { response: result.response, refusedBy: 'viewer function' };
    if (behavior.TargetOriginId !== this.originId) {
      throw new Error(
        `the edge routes ${sent.method} ${sent.path} to '${behavior.TargetOriginId}', not to ${this.modulePath}`,
      );
    }
    const { method, path, query, headers, body } = result?.request ?? request;
    return { request: { method, path, query, headers: { ...headers }, body } };
  }

  private behaviorOf(path: string): Behavior {
    const { CacheBehaviors = [], DefaultCacheBehavior } = this.config;
    return CacheBehaviors.find(({ PathPattern = '' }) => pathFits(PathPattern, path)) ?? DefaultCacheBehavior;
  }

  private functionOf({ FunctionAssociations = [] }: Behavior): ViewerFunction | undefined {
    const arn = FunctionAssociations.find(({ EventType }) => EventType === 'viewer-request')?.FunctionARN;
    if (arn === undefined) return undefined;
    const known = this.functions.get(arn);
    if (known !== undefined) return known;
    const found = this.app.resources('AWS::CloudFront::Function').find(({ name }) => arn === `${name}.FunctionARN`);
    if (found === undefined) throw new Error(`the app must have the viewer function of its edge, got none for ${arn}`);
    const made = viewerFunction(found);
    this.functions.set(arn, made);
    return made;
  }
}

function viewerFunction({ name, properties }: Resource): ViewerFunction {
  return new ViewerFunction({ name, code: String(properties['FunctionCode']) });
}

/**
 * Makes the request of a viewer. Each request has a new IP address, so that the web ACL's rate
 * limits don't block tests.
 */
function viewerRequest({ method, path, query, headers, body }: SentRequest): EdgeRequest {
  const own: Record<string, string | undefined> = { host: HOST, 'user-agent': 'breakwater-test', ...headers };
  if (body.length > 0) own['content-length'] = String(body.length);
  const given = Object.entries(own).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return {
    method,
    path,
    query,
    headers: Object.fromEntries(given),
    body,
    ip: `2001:db8::${(requests >> 16).toString(16)}:${(requests++ & 0xffff).toString(16)}`,
    secure: true,
  };
}
