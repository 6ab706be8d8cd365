import { Agent, request as httpsRequest } from 'node:https';
import { AwsV4Signer } from 'aws4fetch';
import type { CloudApiProps } from './cloud-api';
import { type EdgeRequest, type EdgeResponse, type IOriginClient, type OriginModel, OriginTimeout } from './model';

/** Headers that describe the connection, not the answer. */
const CONNECTION_HEADERS = ['connection', 'keep-alive', 'transfer-encoding', 'date'];
/** Headers that S3 sends with an object. The local AWS emulator adds others. */
const OBJECT_HEADERS = /^(content-|cache-control$|etag$|last-modified$|expires$|accept-ranges$)/;

/**
 * Sends requests to function URLs and buckets behind one endpoint. The client calls a function URL
 * at the endpoint's address, with the URL's own host name in the `host` header. It calls a bucket
 * through the S3 API. Both kinds of requests are signed like the requests of origin access control.
 */
export class CloudOriginClient implements IOriginClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });

  public constructor(private readonly props: CloudApiProps) {}

  /** @throws Error if an origin is neither a function URL nor a bucket */
  public check(origin: OriginModel): void {
    if (origin.target.kind === 'other') throw unreachable(origin);
  }

  public async send(origin: OriginModel, request: EdgeRequest): Promise<EdgeResponse> {
    switch (origin.target.kind) {
      case 'function-url':
        return this.sendToFunction(origin, origin.target.region, request);
      case 'bucket':
        return this.sendToBucket(origin, origin.target.bucket, request);
      case 'other':
        throw unreachable(origin);
    }
  }

  /** Closes the open connections. */
  public close(): void {
    this.agent.destroy();
  }

  private async sendToFunction(origin: OriginModel, region: string, request: EdgeRequest): Promise<EdgeResponse> {
    // The signature contains the function's own address, not the address of the endpoint.
    const url = `https://${origin.domainName}${request.path}${request.query === '' ? '' : `?${request.query}`}`;
    const headers = { ...request.headers };
    delete headers['content-length'];
    const hasBody = request.method !== 'GET' && request.method !== 'HEAD';
    const signed = await new AwsV4Signer({
      ...this.props.credentials,
      url,
      method: request.method,
      headers: signable(headers),
      body: hasBody ? (request.body as BodyInit) : undefined,
      service: 'lambda',
      region,
    }).sign();
    for (const [name, value] of signed.headers) headers[name] = value;
    headers['host'] = origin.domainName;
    return this.call(origin, request.method, `${signed.url.pathname}${signed.url.search}`, headers, request.body);
  }

  private async sendToBucket(origin: OriginModel, bucket: string, request: EdgeRequest): Promise<EdgeResponse> {
    const body = request.method === 'PUT' ? request.body : new Uint8Array();
    const type = request.headers['content-type'];
    const signed = await new AwsV4Signer({
      ...this.props.credentials,
      url: `${this.props.endpoint}/${bucket}${request.path}`,
      method: request.method,
      headers: type === undefined || request.method !== 'PUT' ? {} : { 'content-type': type },
      body: request.method === 'PUT' ? (body as BodyInit) : undefined,
      service: 's3',
      region: this.props.region,
    }).sign();
    const headers = Object.fromEntries(signed.headers);
    const response = await this.call(origin, request.method, signed.url.pathname, headers, body);
    const kept = Object.entries(response.headers).filter(([name]) => OBJECT_HEADERS.test(name));
    return { ...response, headers: { ...Object.fromEntries(kept), server: 'AmazonS3' } };
  }

  private call(
    origin: OriginModel,
    method: string,
    path: string,
    headers: Record<string, string>,
    body: Uint8Array,
  ): Promise<EdgeResponse> {
    const { hostname, port } = new URL(this.props.endpoint);
    return new Promise((resolve, reject) => {
      const sent = httpsRequest(
        {
          host: hostname,
          port,
          method,
          path,
          headers: { ...headers, 'content-length': String(body.length) },
          // The TLS certificate is the endpoint's, not the origin's. The header `host` names the
          // origin.
          servername: 'localhost',
          agent: this.agent,
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () => {
            clearTimeout(timer);
            const { 'set-cookie': cookies, ...others } = answer.headers;
            const kept = Object.entries(others).filter(([name]) => !CONNECTION_HEADERS.includes(name));
            resolve({
              status: answer.statusCode ?? 502,
              headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
              cookies: cookies ?? [],
              body: Buffer.concat(chunks),
            });
          });
        },
      );
      const timer = setTimeout(() => {
        reject(new OriginTimeout(`no answer in ${origin.readTimeout} s`));
        sent.destroy();
      }, origin.readTimeout * 1000);
      sent.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      sent.end(body);
    });
  }
}

function unreachable(origin: OriginModel): Error {
  return new Error(
    `origin '${origin.id}': the simulator can reach only function URLs and buckets of the cloud, not ${origin.domainName}`,
  );
}

/**
 * Returns the headers that origin access control signs. It signs only headers of AWS, because
 * others may change between CloudFront and the origin.
 */
function signable(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.startsWith('x-amz-') && name !== 'x-amz-cf-id'),
  );
}
