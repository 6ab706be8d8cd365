import { type CloudApi, CloudApiError, type JsonObject, loadDistribution } from '../../testing';
import { parseXml } from '../../testing/xml';

/** XML of a distribution like the library's, in which parts can be replaced. */
interface Parts {
  readonly config?: string;
  readonly behavior?: string;
  readonly origin?: string;
  readonly cachePolicy?: string;
  readonly originRequestPolicy?: string;
  readonly responseHeaders?: string;
  readonly runtime?: string;
  readonly stores?: string;
  readonly webAcl?: JsonObject;
}

const NO_ITEMS = '<Quantity>0</Quantity>';

function distributionXml({ config = '', behavior = '', origin = '' }: Parts): string {
  const enabled = config.includes('<Enabled>') ? '' : '<Enabled>true</Enabled>';
  return `<Distribution><Id>E1</Id><ARN>arn:aws:cloudfront::111122223333:distribution/E1</ARN>
<DomainName>d1.cloudfront.net</DomainName><DistributionConfig>
<CallerReference>r</CallerReference><Aliases><Quantity>1</Quantity><Items><CNAME>shop.example.com</CNAME></Items></Aliases>
<Origins><Quantity>1</Quantity><Items><Origin><Id>site</Id><DomainName>site.s3.us-east-1.amazonaws.com</DomainName>
<S3OriginConfig><OriginAccessIdentity></OriginAccessIdentity></S3OriginConfig>
<OriginAccessControlId>OAC</OriginAccessControlId>${origin}</Origin></Items></Origins>
<OriginGroups>${NO_ITEMS}</OriginGroups>
<DefaultCacheBehavior><TargetOriginId>site</TargetOriginId><TrustedSigners><Enabled>false</Enabled>${NO_ITEMS}</TrustedSigners>
<TrustedKeyGroups><Enabled>false</Enabled>${NO_ITEMS}</TrustedKeyGroups>
<ViewerProtocolPolicy>redirect-to-https</ViewerProtocolPolicy>
<AllowedMethods><Quantity>2</Quantity><Items><Method>GET</Method><Method>HEAD</Method></Items>
<CachedMethods><Quantity>2</Quantity><Items><Method>GET</Method><Method>HEAD</Method></Items></CachedMethods></AllowedMethods>
<SmoothStreaming>false</SmoothStreaming><Compress>true</Compress>
<LambdaFunctionAssociations>${NO_ITEMS}</LambdaFunctionAssociations>
<FunctionAssociations><Quantity>1</Quantity><Items><FunctionAssociation>
<FunctionARN>arn:aws:cloudfront::111122223333:function/viewer</FunctionARN><EventType>viewer-request</EventType>
</FunctionAssociation></Items></FunctionAssociations><FieldLevelEncryptionId></FieldLevelEncryptionId>
<CachePolicyId>cache</CachePolicyId><OriginRequestPolicyId>request</OriginRequestPolicyId>
<ResponseHeadersPolicyId>response</ResponseHeadersPolicyId>${behavior}</DefaultCacheBehavior>
<CacheBehaviors>${NO_ITEMS}</CacheBehaviors><Comment>c</Comment><PriceClass>PriceClass_All</PriceClass>${enabled}
<Restrictions><GeoRestriction><RestrictionType>none</RestrictionType>${NO_ITEMS}</GeoRestriction></Restrictions>
<WebACLId>arn:aws:wafv2:us-east-1:111122223333:global/webacl/acl/1</WebACLId><HttpVersion>http2and3</HttpVersion>
<IsIPV6Enabled>true</IsIPV6Enabled><Staging>false</Staging>${config}</DistributionConfig></Distribution>`;
}

const SELECTIONS = `<CookiesConfig><CookieBehavior>none</CookieBehavior></CookiesConfig>
<QueryStringsConfig><QueryStringBehavior>all</QueryStringBehavior></QueryStringsConfig>`;

function fakeApi(parts: Parts): CloudApi {
  const headers = '<HeadersConfig><HeaderBehavior>none</HeaderBehavior></HeadersConfig>';
  const answers: Record<string, string> = {
    '/distribution/E1': distributionXml(parts),
    '/origin-access-control/OAC': `<OriginAccessControl><OriginAccessControlConfig><Name>n</Name>
<OriginAccessControlOriginType>s3</OriginAccessControlOriginType><SigningBehavior>always</SigningBehavior>
<SigningProtocol>sigv4</SigningProtocol></OriginAccessControlConfig></OriginAccessControl>`,
    '/cache-policy/cache': `<CachePolicy><CachePolicyConfig><Name>n</Name><MinTTL>0</MinTTL><MaxTTL>9</MaxTTL><DefaultTTL>5</DefaultTTL>
<ParametersInCacheKeyAndForwardedToOrigin><EnableAcceptEncodingGzip>true</EnableAcceptEncodingGzip>
${parts.cachePolicy ?? headers}${SELECTIONS}</ParametersInCacheKeyAndForwardedToOrigin></CachePolicyConfig></CachePolicy>`,
    '/origin-request-policy/request': `<OriginRequestPolicy><OriginRequestPolicyConfig><Name>n</Name>
${parts.originRequestPolicy ?? headers}${SELECTIONS}</OriginRequestPolicyConfig></OriginRequestPolicy>`,
    '/response-headers-policy/response': `<ResponseHeadersPolicy><ResponseHeadersPolicyConfig><Name>n</Name>
${parts.responseHeaders ?? ''}<RemoveHeadersConfig>${NO_ITEMS}</RemoveHeadersConfig></ResponseHeadersPolicyConfig></ResponseHeadersPolicy>`,
    '/function/viewer?Stage=LIVE': 'function handler(event) { return event.request; }',
    '/function/viewer/describe?Stage=LIVE': `<FunctionSummary><Name>viewer</Name><FunctionConfig><Comment>c</Comment>
<Runtime>${parts.runtime ?? 'cloudfront-js-2.0'}</Runtime>${parts.stores ?? ''}</FunctionConfig></FunctionSummary>`,
  };
  return {
    rest: async (service: string, _method: string, path: string) => {
      if (service === 's3') throw new CloudApiError(path, 404, 'NoSuchBucketPolicy');
      const answer = answers[path.replace('/2020-05-31', '')];
      if (answer === undefined) throw new CloudApiError(path, 404, 'NoSuchResource');
      if (answer.startsWith('<')) parseXml(answer);
      return new Response(answer);
    },
    json: async () => ({
      WebACL: { Name: 'acl', Id: '1', DefaultAction: { Allow: {} }, Rules: [], ...parts.webAcl },
    }),
  } as unknown as CloudApi;
}

const load = (parts: Parts = {}, webAcl?: JsonObject) => loadDistribution(fakeApi(parts), 'E1', { webAcl });

test('reads a distribution whose parts are all modelled', async () => {
  await expect(load()).resolves.toMatchObject({
    domainName: 'd1.cloudfront.net',
    aliases: ['shop.example.com'],
    origins: [
      { id: 'site', target: { kind: 'bucket', bucket: 'site' }, accessControl: { type: 's3', signing: 'always' } },
    ],
    behaviors: [
      {
        pattern: '*',
        allowedMethods: ['GET', 'HEAD'],
        cache: { minTtl: 0, maxTtl: 9, defaultTtl: 5, gzip: true },
        viewerRequest: { name: 'viewer' },
      },
    ],
    webAcl: { name: 'acl' },
  });
});

test('an origin has the shorter of its two timeouts', async () => {
  const { origins } = await load({ origin: '<ResponseCompletionTimeout>12</ResponseCompletionTimeout>' });
  expect(origins[0]?.readTimeout).toBe(12);
});

test.each<[string, Parts, RegExp]>([
  ['a disabled distribution', { config: '<Enabled>false</Enabled>' }, /Enabled.*'false'/],
  [
    'a geographic restriction',
    {
      config:
        '<Restrictions><GeoRestriction><RestrictionType>blacklist</RestrictionType></GeoRestriction></Restrictions>',
    },
    /model Restrictions/,
  ],
  ['an origin group', { config: '<OriginGroups><Quantity>1</Quantity></OriginGroups>' }, /model OriginGroups/],
  ['a staging distribution', { config: '<Staging>true</Staging>' }, /model Staging/],
  ['a property of the future', { config: '<Teleport>on</Teleport>' }, /distribution E1: .*model Teleport/],
  [
    'trusted key groups',
    { behavior: '<TrustedKeyGroups><Enabled>true</Enabled><Quantity>1</Quantity></TrustedKeyGroups>' },
    /DefaultCacheBehavior: .*model TrustedKeyGroups/,
  ],
  [
    'trusted signers',
    { behavior: '<TrustedSigners><Enabled>true</Enabled></TrustedSigners>' },
    /DefaultCacheBehavior: .*model TrustedSigners/,
  ],
  [
    'Lambda@Edge',
    { behavior: '<LambdaFunctionAssociations><Quantity>1</Quantity></LambdaFunctionAssociations>' },
    /model LambdaFunctionAssociations/,
  ],
  [
    'field-level encryption',
    { behavior: '<FieldLevelEncryptionId>F</FieldLevelEncryptionId>' },
    /FieldLevelEncryptionId/,
  ],
  [
    'legacy cache settings',
    { behavior: '<ForwardedValues><QueryString>true</QueryString></ForwardedValues>' },
    /ForwardedValues/,
  ],
  [
    'an origin access identity',
    { origin: '<S3OriginConfig><OriginAccessIdentity>x</OriginAccessIdentity></S3OriginConfig>' },
    /OriginAccessIdentity/,
  ],
  ['a VPC origin', { origin: '<VpcOriginConfig><VpcOriginId>v</VpcOriginId></VpcOriginConfig>' }, /VpcOriginConfig/],
  [
    'an origin over plain HTTP',
    { origin: '<CustomOriginConfig><OriginProtocolPolicy>http-only</OriginProtocolPolicy></CustomOriginConfig>' },
    /OriginProtocolPolicy.*'http-only'/,
  ],
  [
    'a header that CloudFront adds, in the cache key',
    {
      cachePolicy:
        '<HeadersConfig><HeaderBehavior>whitelist</HeaderBehavior><Headers><Items><Name>CloudFront-Viewer-Country</Name></Items></Headers></HeadersConfig>',
    },
    /CloudFront-Viewer-Country/,
  ],
  [
    'headers that CloudFront adds, to the origin',
    {
      originRequestPolicy:
        '<HeadersConfig><HeaderBehavior>allViewerAndWhitelistCloudFront</HeaderBehavior></HeadersConfig>',
    },
    /HeaderBehavior.*'allViewerAndWhitelistCloudFront'/,
  ],
  [
    'CORS headers',
    { responseHeaders: '<CorsConfig><OriginOverride>true</OriginOverride></CorsConfig>' },
    /model CorsConfig/,
  ],
  [
    'server timing headers',
    { responseHeaders: '<ServerTimingHeadersConfig><Enabled>true</Enabled></ServerTimingHeadersConfig>' },
    /model ServerTimingHeadersConfig/,
  ],
  ['the first runtime of functions', { runtime: 'cloudfront-js-1.0' }, /Runtime.*'cloudfront-js-1.0'/],
  [
    'a key-value store',
    { stores: '<KeyValueStoreAssociations><Quantity>1</Quantity></KeyValueStoreAssociations>' },
    /KeyValueStoreAssociations/,
  ],
  ['token domains of a web ACL', { webAcl: { TokenDomains: ['example.com'] } }, /web ACL acl: .*TokenDomains/],
])('fails at the start, and names %s', async (_name, parts, message) => {
  await expect(load(parts)).rejects.toThrow(message);
});

test('properties of the web ACL that only its template has are checked too', async () => {
  await expect(load({}, { CaptchaConfig: { ImmunityTimeProperty: { ImmunityTime: 60 } } })).rejects.toThrow(
    /web ACL acl: .*CaptchaConfig/,
  );
});

test('properties that the cloud stores win over those of the template', async () => {
  const inspection = { RequestBody: { CLOUDFRONT: { DefaultSizeInspectionLimit: 'KB_64' } } };
  const template = { DefaultAction: { Block: {} }, AssociationConfig: inspection };
  const { webAcl } = await load({}, template);
  expect(webAcl).toMatchObject({ defaultAction: { Allow: {} }, bodyLimit: 64 * 1024 });
});
