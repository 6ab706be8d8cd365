import type { CloudApi, JsonObject } from './cloud-api';
import { cachePolicy, originRequestPolicy, responseHeadersPolicy } from './distribution-policies';
import type {
  BehaviorModel,
  CachePolicyModel,
  DistributionModel,
  FunctionModel,
  OriginModel,
  OriginRequestPolicyModel,
  ResponseHeadersPolicyModel,
  SigningBehavior,
  WebAclModel,
} from './model';
import { checkModelled, jsonOf } from './modelled';
import {
  ACCESS_CONTROL,
  CACHE_POLICY,
  DISTRIBUTION,
  FUNCTION,
  ORIGIN_REQUEST_POLICY,
  RESPONSE_HEADERS_POLICY,
} from './modelled-distribution';
import { OriginTargets } from './origin-target';
import { toWebAclModel } from './web-acl-template';
import { child, items, parseXml, text, type XmlNode } from './xml';

const CLOUDFRONT = '/2020-05-31';
const DEFAULT_METHODS = ['GET', 'HEAD'];
const DEFAULT_READ_TIMEOUT = 30;

/** Options of `loadDistribution`. */
export interface LoadOptions {
  /**
   * Properties of the web ACL from its template. They are used where an emulator doesn't store a
   * property. The local AWS emulator doesn't store `CustomResponseBodies` and `AssociationConfig`.
   */
  readonly webAcl?: JsonObject;
}

/**
 * Reads a deployed distribution. This includes its functions, policies, origin access controls and
 * web ACL, and the resource policies of its origins.
 * @param api client for the endpoint with the distribution
 * @param distributionId id of the distribution, `E...`
 * @throws Error with the first property that the distribution uses and the simulator doesn't model
 */
export async function loadDistribution(
  api: CloudApi,
  distributionId: string,
  options: LoadOptions = {},
): Promise<DistributionModel> {
  return new Loader(api, options).load(distributionId);
}

class Loader {
  private readonly reads = new Map<string, Promise<XmlNode>>();
  private readonly targets: OriginTargets;

  public constructor(
    private readonly api: CloudApi,
    private readonly options: LoadOptions,
  ) {
    this.targets = new OriginTargets(api);
  }

  public async load(id: string): Promise<DistributionModel> {
    const distribution = await this.read(`/distribution/${encodeURIComponent(id)}`);
    const config = child(distribution, 'DistributionConfig');
    if (config === undefined) throw new Error(`distribution '${id}' has no configuration`);
    checkModelled(jsonOf(config), DISTRIBUTION, `distribution ${id}`);
    const caching = [...items(config, 'CacheBehaviors', 'Items'), ...withName(config, 'DefaultCacheBehavior')];
    const [origins, behaviors, webAcl] = await Promise.all([
      Promise.all(items(config, 'Origins', 'Items').map((node) => this.origin(node))),
      Promise.all(caching.map((node) => this.behavior(node))),
      this.webAcl(text(config, 'WebACLId')),
    ]);
    return {
      id,
      arn: text(distribution, 'ARN'),
      domainName: text(distribution, 'DomainName'),
      aliases: items(config, 'Aliases', 'Items').map((node) => node.text.trim()),
      defaultRootObject: text(config, 'DefaultRootObject'),
      origins,
      behaviors,
      errorResponses: items(config, 'CustomErrorResponses', 'Items').map((node) => ({
        status: Number(text(node, 'ErrorCode')),
        cachingMinTtl: Number(text(node, 'ErrorCachingMinTTL') || '10'),
        page: text(node, 'ResponsePagePath') || undefined,
        responseStatus: Number(text(node, 'ResponseCode')) || undefined,
      })),
      webAcl,
    };
  }

  private async behavior(node: XmlNode): Promise<BehaviorModel> {
    const functions = items(node, 'FunctionAssociations', 'Items');
    const of = (event: string): Promise<FunctionModel | undefined> =>
      this.function(functions.find((f) => text(f, 'EventType') === event));
    const [cache, originRequest, responseHeaders, viewerRequest, viewerResponse] = await Promise.all([
      this.cachePolicy(text(node, 'CachePolicyId')),
      this.originRequestPolicy(text(node, 'OriginRequestPolicyId')),
      this.responseHeadersPolicy(text(node, 'ResponseHeadersPolicyId')),
      of('viewer-request'),
      of('viewer-response'),
    ]);
    const methods = items(node, 'AllowedMethods', 'Items').filter((m) => m.name === 'Method');
    return {
      pattern: text(node, 'PathPattern') || '*',
      originId: text(node, 'TargetOriginId'),
      allowedMethods: methods.length > 0 ? methods.map((m) => m.text) : DEFAULT_METHODS,
      viewerProtocol: (text(node, 'ViewerProtocolPolicy') || 'allow-all') as BehaviorModel['viewerProtocol'],
      compress: text(node, 'Compress') === 'true',
      cache,
      originRequest,
      responseHeaders,
      viewerRequest,
      viewerResponse,
    };
  }

  private async origin(node: XmlNode): Promise<OriginModel> {
    const domainName = text(node, 'DomainName');
    const accessControlId = text(node, 'OriginAccessControlId');
    const [accessControl, target] = await Promise.all([
      accessControlId === '' ? undefined : this.accessControl(accessControlId),
      this.targets.find(domainName),
    ]);
    const readTimeout =
      Number(
        text(node, 'CustomOriginConfig', 'OriginReadTimeout') || text(node, 'S3OriginConfig', 'OriginReadTimeout'),
      ) || DEFAULT_READ_TIMEOUT;
    return {
      id: text(node, 'Id'),
      domainName,
      path: text(node, 'OriginPath'),
      customHeaders: Object.fromEntries(
        items(node, 'CustomHeaders', 'Items').map((h) => [text(h, 'HeaderName').toLowerCase(), text(h, 'HeaderValue')]),
      ),
      readTimeout: Math.min(readTimeout, Number(text(node, 'ResponseCompletionTimeout')) || readTimeout),
      accessControl,
      target,
    };
  }

  private async accessControl(id: string): Promise<NonNullable<OriginModel['accessControl']>> {
    const config = await this.checked(`/origin-access-control/${id}`, 'OriginAccessControlConfig', ACCESS_CONTROL);
    return {
      type: text(config, 'OriginAccessControlOriginType') as 's3' | 'lambda',
      signing: text(config, 'SigningBehavior') as SigningBehavior,
    };
  }

  private async function(association: XmlNode | undefined): Promise<FunctionModel | undefined> {
    const name = text(association, 'FunctionARN').split('/').at(-1);
    if (name === undefined || name === '') return undefined;
    const path = `/function/${encodeURIComponent(name)}`;
    const [response] = await Promise.all([
      this.api.rest('cloudfront', 'GET', `${CLOUDFRONT}${path}?Stage=LIVE`),
      this.checked(`${path}/describe?Stage=LIVE`, 'FunctionConfig', FUNCTION),
    ]);
    return { name, code: await response.text() };
  }

  private async cachePolicy(id: string): Promise<CachePolicyModel> {
    if (id === '') throw new Error('the simulator does not model a behaviour without a cache policy');
    return cachePolicy(await this.checked(`/cache-policy/${id}`, 'CachePolicyConfig', CACHE_POLICY));
  }

  private async originRequestPolicy(id: string): Promise<OriginRequestPolicyModel | undefined> {
    if (id === '') return undefined;
    const path = `/origin-request-policy/${id}`;
    return originRequestPolicy(await this.checked(path, 'OriginRequestPolicyConfig', ORIGIN_REQUEST_POLICY));
  }

  private async responseHeadersPolicy(id: string): Promise<ResponseHeadersPolicyModel | undefined> {
    if (id === '') return undefined;
    const path = `/response-headers-policy/${id}`;
    return responseHeadersPolicy(await this.checked(path, 'ResponseHeadersPolicyConfig', RESPONSE_HEADERS_POLICY));
  }

  private async webAcl(arn: string): Promise<WebAclModel | undefined> {
    if (arn === '') return undefined;
    const [name, id] = arn.split('/').slice(-2) as [string, string];
    const input = { Name: name, Id: id, Scope: 'CLOUDFRONT' };
    const stored = (await this.api.json('wafv2', 'AWSWAF_20190729.GetWebACL', input))['WebACL'] as JsonObject;
    const acl: JsonObject = { ...this.options.webAcl, ...stored };
    return toWebAclModel(acl, name, arn.split(':')[4] ?? '');
  }

  /** Reads a configuration. Throws if it uses properties that aren't modelled. */
  private async checked(path: string, element: string, shape: Parameters<typeof checkModelled>[1]): Promise<XmlNode> {
    const config = findConfig(await this.read(path), element);
    if (config === undefined) throw new Error(`the cloud answered ${path} without ${element}`);
    checkModelled(jsonOf(config), shape, `${element} of ${path}`);
    return config;
  }

  /** Reads each path once, even if several behaviours refer to it. */
  private read(path: string): Promise<XmlNode> {
    let answer = this.reads.get(path);
    if (answer === undefined) {
      answer = this.api.rest('cloudfront', 'GET', `${CLOUDFRONT}${path}`).then(async (r) => parseXml(await r.text()));
      this.reads.set(path, answer);
    }
    return answer;
  }
}

/**
 * Returns `node` if its name is `element`, else its child with this name. In the summary of a
 * function, the configuration is a child.
 */
function findConfig(node: XmlNode, element: string): XmlNode | undefined {
  return node.name === element ? node : child(node, element);
}

function withName(node: XmlNode, name: string): readonly XmlNode[] {
  const found = child(node, name);
  return found === undefined ? [] : [found];
}
