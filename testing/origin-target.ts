import { type CloudApi, CloudApiError, type JsonObject } from './cloud-api';
import type { OriginModel, PolicyDocument, PolicyStatement } from './model';

const FUNCTION_URL = /^[a-z0-9]+\.lambda-url\.([a-z0-9-]+)\.on\.aws$/;
const BUCKET_HOST = /^(.+)\.s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?$/;

/** Finds the function or bucket behind an origin's domain name, with its resource policy. */
export class OriginTargets {
  /** Cache of lists that were read, by path. */
  private readonly lists = new Map<string, Promise<JsonObject[]>>();

  public constructor(private readonly api: CloudApi) {}

  /**
   * @param domainName domain name of the origin
   * @throws Error if the name has the form of a function URL, but no function has this URL
   */
  public async find(domainName: string): Promise<OriginModel['target']> {
    const region = FUNCTION_URL.exec(domainName)?.[1];
    if (region !== undefined) {
      const functionArn = await this.functionOfUrl(domainName);
      return { kind: 'function-url', region, functionArn, policy: await this.functionPolicy(functionArn) };
    }
    const bucket = BUCKET_HOST.exec(domainName)?.[1];
    if (bucket === undefined) return { kind: 'other' };
    return { kind: 'bucket', bucket, policy: await this.policy('s3', `/${bucket}?policy`) };
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

  /**
   * Reads the resource policies of a function and of its aliases, because a URL may belong to an
   * alias.
   */
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
      // The function, alias or bucket has no policy, so no statement allows anything.
      if (error instanceof CloudApiError && error.status === 404) return { Statement: [] };
      throw error;
    }
  }

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
}
