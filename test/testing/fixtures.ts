import type {
  BehaviorModel,
  DistributionModel,
  EdgeRequest,
  EdgeResponse,
  IOriginClient,
  OriginModel,
  PolicyStatement,
} from '../../testing';

export const DISTRIBUTION_ARN = 'arn:aws:cloudfront::111122223333:distribution/E123';
const OTHER_ARN = 'arn:aws:cloudfront::111122223333:distribution/E999';

/** The two statements that let a distribution call a function's URL. */
export function functionStatements(sourceArn = DISTRIBUTION_ARN): PolicyStatement[] {
  const common = { Effect: 'Allow', Principal: { Service: 'cloudfront.amazonaws.com' } } as const;
  return [
    { ...common, Action: 'lambda:InvokeFunctionUrl', Condition: { ArnLike: { 'AWS:SourceArn': sourceArn } } },
    {
      ...common,
      Action: 'lambda:InvokeFunction',
      Condition: { ArnLike: { 'AWS:SourceArn': sourceArn }, Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
    },
  ];
}

export const FOREIGN_STATEMENTS = functionStatements(OTHER_ARN);

export function functionOrigin(statements: readonly PolicyStatement[] = functionStatements()): OriginModel {
  return {
    id: 'module',
    domainName: 'abc.lambda-url.us-east-1.on.aws',
    path: '',
    customHeaders: {},
    readTimeout: 10,
    accessControl: { type: 'lambda', signing: 'always' },
    target: {
      kind: 'function-url',
      region: 'us-east-1',
      functionArn: 'arn:aws:lambda:us-east-1:111122223333:function:module:live',
      policy: { Statement: statements },
    },
  };
}

export function siteOrigin(actions: Record<string, string> = { 's3:GetObject': 'arn:aws:s3:::site/*' }): OriginModel {
  return {
    id: 'site',
    domainName: 'site.s3.us-east-1.amazonaws.com',
    path: '',
    customHeaders: {},
    readTimeout: 10,
    accessControl: { type: 's3', signing: 'always' },
    target: {
      kind: 'bucket',
      bucket: 'site',
      policy: {
        Statement: Object.entries(actions).map(([Action, Resource]) => ({
          Effect: 'Allow',
          Principal: { Service: 'cloudfront.amazonaws.com' },
          Action,
          Resource,
          Condition: { StringEquals: { 'AWS:SourceArn': DISTRIBUTION_ARN } },
        })),
      },
    },
  };
}

export const NOT_CACHED: BehaviorModel['cache'] = {
  minTtl: 0,
  defaultTtl: 0,
  maxTtl: 0,
  headers: { behavior: 'none', names: [] },
  cookies: { behavior: 'none', names: [] },
  queryStrings: { behavior: 'none', names: [] },
  gzip: false,
  brotli: false,
};

export const CACHED: BehaviorModel['cache'] = {
  ...NOT_CACHED,
  maxTtl: 300,
  queryStrings: { behavior: 'whitelist', names: ['q'] },
};

export function behavior(pattern: string, originId: string, props: Partial<BehaviorModel> = {}): BehaviorModel {
  return {
    pattern,
    originId,
    allowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
    viewerProtocol: 'redirect-to-https',
    compress: false,
    cache: NOT_CACHED,
    originRequest: {
      headers: { behavior: 'allExcept', names: ['Host'] },
      cookies: { behavior: 'none', names: [] },
      queryStrings: { behavior: 'all', names: [] },
    },
    ...props,
  };
}

export function distribution(props: Partial<DistributionModel> = {}): DistributionModel {
  return {
    id: 'E123',
    arn: DISTRIBUTION_ARN,
    domainName: 'd111.cloudfront.net',
    aliases: ['shop.example.com', '*.shop.example.com'],
    defaultRootObject: 'index.html',
    origins: [functionOrigin(), siteOrigin()],
    behaviors: [behavior('/api/*', 'module'), behavior('*', 'site', { allowedMethods: ['GET', 'HEAD'] })],
    errorResponses: [],
    ...props,
  };
}

export function request(method: string, target: string, props: Partial<EdgeRequest> = {}): EdgeRequest {
  const [path, query = ''] = target.split('?') as [string, string?];
  return { method, path, query, headers: {}, body: new Uint8Array(), ip: '192.0.2.1', secure: true, ...props };
}

/** An origin that answers what it is told to, and remembers what it was asked. */
export class FakeOrigin implements IOriginClient {
  public readonly asked: { readonly origin: string; readonly request: EdgeRequest }[] = [];

  public constructor(private readonly answer: (request: EdgeRequest) => Partial<EdgeResponse> | Error) {}

  public async send(origin: OriginModel, asked: EdgeRequest): Promise<EdgeResponse> {
    this.asked.push({ origin: origin.id, request: asked });
    const answer = this.answer(asked);
    if (answer instanceof Error) throw answer;
    return { status: 200, headers: {}, cookies: [], body: Buffer.from(`n${this.asked.length}`), ...answer };
  }
}

export function textOf(response: EdgeResponse): string {
  return Buffer.from(response.body).toString('utf8');
}
