import { type CloudApi, CloudApiError, type Json, type JsonObject } from './cloud-api';
import type {
  BehaviorModel,
  CachePolicyModel,
  DistributionModel,
  FunctionModel,
  OriginModel,
  OriginRequestPolicyModel,
  PolicyDocument,
  PolicyStatement,
  ResponseHeadersPolicyModel,
  Selection,
  SigningBehavior,
  WebAclModel,
} from './model';
import { child, items, parseXml, text, type XmlNode } from './xml';

const CLOUDFRONT = '/2020-05-31';
const FUNCTION_URL = /^[a-z0-9]+\.lambda-url\.([a-z0-9-]+)\.on\.aws$/;
const BUCKET_HOST = /^(.+)\.s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?$/;
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

  public constructor(
    private readonly api: CloudApi,
    private readonly options: LoadOptions,
  ) {}

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
      this.target(domainName),
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

  private async target(domainName: string): Promise<OriginModel['target']> {
    const region = FUNCTION_URL.exec(domainName)?.[1];
    if (region !== undefined) {
      const functionArn = await this.functionOfUrl(domainName);
      return { kind: 'function-url', region, functionArn, policy: await this.functionPolicy(functionArn) };
    }
    const bucket = BUCKET_HOST.exec(domainName)?.[1];
    if (bucket === undefined) return { kind: 'other' };
    return { kind: 'bucket', bucket, policy: await this.policy('s3', `/${bucket}?policy`) };
  }

  private async accessControl(id: string): Promise<NonNullable<OriginModel['accessControl']>> {
    const answer = await this.read(`/origin-access-control/${id}`);
    const config = child(answer, 'OriginAccessControlConfig');
    return {
      type: text(config, 'OriginAccessControlOriginType') as 's3' | 'lambda',
      signing: text(config, 'SigningBehavior') as SigningBehavior,
    };
  }

  private async functionOfUrl(domainName: string): Promise<string> {
    for (const { FunctionArn: arn } of await this.lambdaList('/2015-03-31/functions', 'Functions')) {
      const urls = await this.lambdaList(
        `/2021-10-31/functions/${encodeURIComponent(String(arn))}/urls`,
        'FunctionUrlConfigs',
      );
      const found = urls.find(({ FunctionUrl: url }) => new URL(String(url)).hostname === domainName);
      if (found !== undefined) return String(found['FunctionArn']);
    }
    throw new Error(`no function has the URL of origin '${domainName}'`);
  }

  /** Resource policy of a function: its own, and those of its aliases, where the URL may hang. */
  private async functionPolicy(functionArn: string): Promise<PolicyDocument> {
    const base = functionArn.split(':').slice(0, 7).join(':');
    const aliases = await this.lambdaList(`/2015-03-31/functions/${encodeURIComponent(base)}/aliases`, 'Aliases');
    const path = `/2015-03-31/functions/${encodeURIComponent(base)}/policy`;
    const paths = [path, ...aliases.map(({ Name: name }) => `${path}?Qualifier=${encodeURIComponent(String(name))}`)];
    const policies = await Promise.all(paths.map((p) => this.policy('lambda', p)));
    return { Statement: policies.flatMap((policy) => policy.Statement) };
  }

  private async policy(service: string, path: string): Promise<PolicyDocument> {
    try {
      const answer = JSON.parse(await (await this.api.rest(service, 'GET', path)).text()) as JsonObject;
      const document = typeof answer['Policy'] === 'string' ? (JSON.parse(answer['Policy']) as JsonObject) : answer;
      return { Statement: (document['Statement'] ?? []) as unknown as PolicyStatement[] };
    } catch (error) {
      // Nobody may do anything.
      if (error instanceof CloudApiError && error.status === 404) return { Statement: [] };
      throw error;
    }
  }

  private lists = new Map<string, Promise<JsonObject[]>>();

  private lambdaList(path: string, member: string): Promise<JsonObject[]> {
    let list = this.lists.get(path);
    if (list === undefined) {
      list = this.lambdaPages(path, member);
      this.lists.set(path, list);
    }
    return list;
  }

  private async lambdaPages(path: string, member: string): Promise<JsonObject[]> {
    const found: JsonObject[] = [];
    let marker = '';
    do {
      const page = (await (await this.api.rest('lambda', 'GET', `${path}${marker}`)).json()) as JsonObject;
      found.push(...((page[member] ?? []) as JsonObject[]));
      marker = page['NextMarker'] ? `?Marker=${encodeURIComponent(String(page['NextMarker']))}` : '';
    } while (marker !== '');
    return found;
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

function selections(node: XmlNode | undefined): Pick<CachePolicyModel, 'headers' | 'cookies' | 'queryStrings'> {
  const selection = (config: string, behavior: string, list: string): Selection => {
    const named = text(node, config, behavior) || 'none';
    return {
      // Some headers that CloudFront adds by itself aside, 'allViewer' is 'all'.
      behavior: (named.startsWith('allViewer') ? 'all' : named) as Selection['behavior'],
      names: items(node, config, list, 'Items').map((item) => item.text),
    };
  };
  return {
    headers: selection('HeadersConfig', 'HeaderBehavior', 'Headers'),
    cookies: selection('CookiesConfig', 'CookieBehavior', 'Cookies'),
    queryStrings: selection('QueryStringsConfig', 'QueryStringBehavior', 'QueryStrings'),
  };
}

function customHeaders(config: XmlNode | undefined): ResponseHeadersPolicyModel['set'] {
  return items(config, 'CustomHeadersConfig', 'Items').map((node) => ({
    name: text(node, 'Header').toLowerCase(),
    value: text(node, 'Value'),
    override: text(node, 'Override') === 'true',
  }));
}

function securityHeaders(config: XmlNode | undefined): ResponseHeadersPolicyModel['set'] {
  const values: [string, string, (node: XmlNode) => string][] = [
    ['ContentSecurityPolicy', 'content-security-policy', (n) => text(n, 'ContentSecurityPolicy')],
    ['ContentTypeOptions', 'x-content-type-options', () => 'nosniff'],
    ['FrameOptions', 'x-frame-options', (n) => text(n, 'FrameOption')],
    ['ReferrerPolicy', 'referrer-policy', (n) => text(n, 'ReferrerPolicy')],
    ['StrictTransportSecurity', 'strict-transport-security', transportSecurity],
    ['XSSProtection', 'x-xss-protection', (n) => (text(n, 'Protection') === 'true' ? '1; mode=block' : '0')],
  ];
  return values.flatMap(([element, name, value]) => {
    const node = child(config, element);
    return node === undefined ? [] : [{ name, value: value(node), override: text(node, 'Override') === 'true' }];
  });
}

function transportSecurity(node: XmlNode): string {
  const parts = [`max-age=${text(node, 'AccessControlMaxAgeSec')}`];
  if (text(node, 'IncludeSubdomains') === 'true') parts.push('includeSubDomains');
  if (text(node, 'Preload') === 'true') parts.push('preload');
  return parts.join('; ');
}
