import { AwsV4Signer } from 'aws4fetch';
import { parseXml, type XmlNode } from './xml';

/** Credentials of a user. With `sessionToken`, credentials of a session. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Props of a `CloudApi`. */
export interface CloudApiProps {
  /** Address of all services. This process must trust its certificate (`NODE_EXTRA_CA_CERTS`). */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
}

/** An error response of the cloud. */
export class CloudApiError extends Error {
  public override readonly name = 'CloudApiError';
  public constructor(
    call: string,
    public readonly status: number,
    public readonly answer: string,
  ) {
    super(`${call} answered ${status}: ${answer.slice(0, 300)}`);
  }
}

/** A JSON value. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
/** A JSON object. */
export type JsonObject = { [name: string]: Json };

const MAX_ATTEMPTS = 3;

/**
 * Makes signed calls to the services of AWS or an emulator behind one endpoint. It supports the
 * REST, JSON and query protocols.
 */
export class CloudApi {
  public constructor(public readonly props: CloudApiProps) {}

  /** Calls a service with a REST API: CloudFront, Lambda, S3. */
  public async rest(
    service: string,
    method: string,
    path: string,
    body?: string | Uint8Array,
    headers?: Record<string, string>,
  ): Promise<Response> {
    return this.send(`${service} ${method} ${path}`, service, method, path, headers ?? {}, body);
  }

  /** Makes a REST GET call that has an answer in XML. */
  public async xml(service: string, path: string): Promise<XmlNode> {
    return parseXml(await (await this.rest(service, 'GET', path)).text());
  }

  /**
   * Calls a service with the JSON protocol, such as `AWSCognitoIdentityProviderService.ListUsers`
   * of `cognito-idp`.
   */
  public async json(service: string, target: string, input: JsonObject): Promise<JsonObject> {
    const response = await this.send(
      target,
      service,
      'POST',
      '/',
      { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
      JSON.stringify(input),
    );
    const text = await response.text();
    return text === '' ? {} : (JSON.parse(text) as JsonObject);
  }

  /**
   * Calls a service with the query protocol, such as `DescribeStacks` of `cloudformation`, version
   * `2010-05-15`.
   */
  public async query(
    service: string,
    version: string,
    action: string,
    input: Record<string, string> = {},
  ): Promise<XmlNode> {
    const body = new URLSearchParams({ Action: action, Version: version, ...input }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    return parseXml(await (await this.send(action, service, 'POST', '/', headers, body)).text());
  }

  private async send(
    call: string,
    service: string,
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string | Uint8Array,
  ): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      const signed = await new AwsV4Signer({
        ...this.props.credentials,
        url: `${this.props.endpoint}${path}`,
        method,
        headers,
        body: body as BodyInit | undefined,
        service,
        region: this.props.region,
      }).sign();
      const response = await fetch(signed.url, { method, headers: signed.headers, body: body as BodyInit | undefined });
      if (response.ok) return response;
      const answer = await response.text();
      if (response.status < 500 || attempt >= MAX_ATTEMPTS) throw new CloudApiError(call, response.status, answer);
    }
  }
}
