import { createHash } from 'node:crypto';
import { type BucketTarget, type EdgeRequest, type EdgeResponse, jsonResponse, type OriginModel } from './model';
import { policyAllows } from './resource-policy';

const CLOUDFRONT_PRINCIPAL = 'cloudfront.amazonaws.com';
/** The viewer's statement of its body's hash, which origin access control signs. */
export const BODY_HASH = 'x-amz-content-sha256';
/** What a function URL takes at most. */
const FUNCTION_URL_BODY_LIMIT = 6 * 1024 * 1024;

/** An origin's refusal, and why. */
export interface AccessRefusal {
  readonly response: EdgeResponse;
  readonly reason: string;
}

/** Origin access control: what the services behind origins let one distribution do. */
export class OriginAccess {
  /** @param distributionArn who asks */
  public constructor(private readonly distributionArn: string) {}

  /** Why the service behind an origin would refuse CloudFront, from its resource policy and the body's stated hash. */
  public refusal(origin: OriginModel, request: EdgeRequest): AccessRefusal | undefined {
    const { target, accessControl } = origin;
    if (target.kind === 'other') return undefined;
    const signs =
      accessControl !== undefined &&
      (accessControl.signing === 'always' ||
        (accessControl.signing === 'no-override' && request.headers['authorization'] === undefined));
    if (target.kind === 'bucket') {
      if (signs && this.bucketAllows(target, 's3:GetObject', `${origin.path}${request.path}`)) return undefined;
      const reason = signs ? 'the bucket policy lets this distribution not read' : 'no origin access control signs';
      return { response: accessDenied(), reason };
    }
    if (!signs)
      return { response: jsonResponse(403, { Message: 'Forbidden' }), reason: 'no origin access control signs' };
    const context = {
      'aws:sourcearn': this.distributionArn,
      'aws:sourceaccount': this.account,
      'lambda:functionurlauthtype': 'AWS_IAM',
      'lambda:invokedviafunctionurl': 'true',
    };
    for (const action of ['lambda:InvokeFunctionUrl', 'lambda:InvokeFunction']) {
      if (!policyAllows(target.policy, { service: CLOUDFRONT_PRINCIPAL, action, context })) {
        return {
          response: jsonResponse(403, { Message: 'Forbidden' }),
          reason: `the function's policy lets this distribution not ${action}`,
        };
      }
    }
    const stated = request.headers[BODY_HASH];
    const actual = createHash('sha256').update(request.body).digest('hex');
    if ((request.body.length > 0 || stated !== undefined) && stated !== actual) {
      return {
        response: jsonResponse(403, {
          message:
            'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
        }),
        reason: stated === undefined ? `${BODY_HASH} is missing` : `${BODY_HASH} is not the hash of the body`,
      };
    }
    if (request.body.length > FUNCTION_URL_BODY_LIMIT) {
      return { response: jsonResponse(413, { Message: 'Request Entity Too Large' }), reason: 'body over 6 MB' };
    }
    return undefined;
  }

  /** Without the right to list, a bucket answers a missing object as it answers a forbidden one. */
  public hideMissing(origin: OriginModel, response: EdgeResponse): EdgeResponse {
    const { target } = origin;
    if (target.kind !== 'bucket' || response.status !== 404) return response;
    return this.bucketAllows(target, 's3:ListBucket', '') ? response : accessDenied();
  }

  private bucketAllows(target: BucketTarget, action: string, key: string): boolean {
    return policyAllows(target.policy, {
      service: CLOUDFRONT_PRINCIPAL,
      action,
      resource: `arn:aws:s3:::${target.bucket}${decodePath(key)}`,
      context: {
        'aws:sourcearn': this.distributionArn,
        'aws:sourceaccount': this.account,
        'aws:securetransport': 'true',
      },
    });
  }

  private get account(): string {
    return this.distributionArn.split(':')[4] ?? '';
  }
}

function accessDenied(): EdgeResponse {
  const body =
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';
  return { status: 403, headers: { 'content-type': 'application/xml' }, cookies: [], body: Buffer.from(body) };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
