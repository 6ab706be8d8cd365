import type { CloudApi, Json, JsonObject } from './cloud-api';
import { customHeaders, securityHeaders, selections } from './distribution-policies';
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
import { OriginTargets } from './origin-target';
import { child, items, parseXml, text, type XmlNode } from './xml';

const CLOUDFRONT = '/2020-05-31';
const DEFAULT_METHODS = ['GET', 'HEAD'];
const DEFAULT_READ_TIMEOUT = 30;
const DEFAULT_BODY_KIBIBYTES = 16;

/**
 * Reads a deployed distribution and all it rests on: functions, policies, origin access controls, the resource
 * policies of its origins, and its web ACL.
 * @param api the cloud it is deployed to
 * @param distributionId `E...`
 * @param options what the cloud itself can't tell
 */
export async function loadDistribution(
  api: CloudApi,
  distributionId: string,
  options: LoadOptions = {},
): Promise<DistributionModel> {
  return new Loader(api, options).load(distributionId);
}

export interface LoadOptions {
  /**
   * Properties of the web ACL in its template, for a cloud that forgets some of them (an embedded one forgets
   * `CustomResponseBodies` and `AssociationConfig`).
   * @default what the cloud says
   */
  readonly webAcl?: JsonObject;
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
    const caching = [...items(config, 'CacheBehaviors', 'Items'), child(config, 'DefaultCacheBehavior')!];
    const [origins, behaviors, webAcl] = await Promise.all([
      Promise.all(items(config, 'Origins', 'Items').map((node) => this.origin(node))),
      Promise.all(caching.map((node) => this.behavior(node))),
      this.webAcl(text(config, 'WebACLId')),
    ]);
    return {
      id,
      arn: text(distribution, 'ARN'),
      domainName: text(distribution, 'DomainName'),
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
    return {
      id: text(node, 'Id'),
      domainName,
      path: text(node, 'OriginPath'),
      customHeaders: Object.fromEntries(
        items(node, 'CustomHeaders', 'Items').map((h) => [text(h, 'HeaderName').toLowerCase(), text(h, 'HeaderValue')]),
      ),
      readTimeout: Number(text(node, 'CustomOriginConfig', 'OriginReadTimeout')) || DEFAULT_READ_TIMEOUT,
      accessControl,
      target,
    };
  }

  private async accessControl(id: string): Promise<NonNullable<OriginModel['accessControl']>> {
    const answer = await this.read(`/origin-access-control/${id}`);
    const config = child(answer, 'OriginAccessControlConfig');
    return {
      type: text(config, 'OriginAccessControlOriginType') as 's3' | 'lambda',
      signing: text(config, 'SigningBehavior') as SigningBehavior,
    };
  }

  private async function(association: XmlNode | undefined): Promise<FunctionModel | undefined> {
    if (association === undefined) return undefined;
    const name = text(association, 'FunctionARN').split('/').at(-1)!;
    const response = await this.api.rest(
      'cloudfront',
      'GET',
      `${CLOUDFRONT}/function/${encodeURIComponent(name)}?Stage=LIVE`,
    );
    return { name, code: await response.text() };
  }

  private async cachePolicy(id: string): Promise<CachePolicyModel> {
    if (id === '') throw new Error('a behaviour without a cache policy (legacy cache settings) is not simulated');
    const config = child(await this.read(`/cache-policy/${id}`), 'CachePolicyConfig');
    const key = child(config, 'ParametersInCacheKeyAndForwardedToOrigin');
    return {
      minTtl: Number(text(config, 'MinTTL')),
      defaultTtl: Number(text(config, 'DefaultTTL')),
      maxTtl: Number(text(config, 'MaxTTL')),
      ...selections(key),
      gzip: text(key, 'EnableAcceptEncodingGzip') === 'true',
      brotli: text(key, 'EnableAcceptEncodingBrotli') === 'true',
    };
  }

  private async originRequestPolicy(id: string): Promise<OriginRequestPolicyModel | undefined> {
    if (id === '') return undefined;
    return selections(child(await this.read(`/origin-request-policy/${id}`), 'OriginRequestPolicyConfig'));
  }

  private async responseHeadersPolicy(id: string): Promise<ResponseHeadersPolicyModel | undefined> {
    if (id === '') return undefined;
    const config = child(await this.read(`/response-headers-policy/${id}`), 'ResponseHeadersPolicyConfig');
    return {
      set: [...securityHeaders(child(config, 'SecurityHeadersConfig')), ...customHeaders(config)],
      remove: items(config, 'RemoveHeadersConfig', 'Items').map((node) => text(node, 'Header').toLowerCase()),
    };
  }

  private async webAcl(arn: string): Promise<WebAclModel | undefined> {
    if (arn === '') return undefined;
    const [name, id] = arn.split('/').slice(-2) as [string, string];
    const input = { Name: name, Id: id, Scope: 'CLOUDFRONT' };
    const told = (await this.api.json('wafv2', 'AWSWAF_20190729.GetWebACL', input))['WebACL'] as JsonObject;
    const acl: JsonObject = { ...this.options.webAcl, ...told };
    const bodies = (acl['CustomResponseBodies'] ?? {}) as Record<string, JsonObject>;
    return {
      name,
      account: arn.split(':')[4]!,
      defaultAction: acl['DefaultAction'] as JsonObject,
      rules: (acl['Rules'] ?? []) as JsonObject[],
      customResponseBodies: Object.fromEntries(
        Object.entries(bodies).map(([key, body]) => [
          key,
          { contentType: String(body['ContentType']), content: String(body['Content']) },
        ]),
      ),
      bodyLimit: bodyLimit(acl['AssociationConfig']),
    };
  }

  /** Each address is read once, however many behaviours name it. */
  private read(path: string): Promise<XmlNode> {
    let answer = this.reads.get(path);
    if (answer === undefined) {
      answer = this.api.rest('cloudfront', 'GET', `${CLOUDFRONT}${path}`).then(async (r) => parseXml(await r.text()));
      this.reads.set(path, answer);
    }
    return answer;
  }
}

function bodyLimit(association: Json | undefined): number {
  const size = /KB_(\d+)/.exec(JSON.stringify(association ?? ''))?.[1];
  return Number(size ?? DEFAULT_BODY_KIBIBYTES) * 1024;
}
