import { createHash } from 'node:crypto';
import { BODY_HASH_HEADER } from '../lib/protocol';
import {
  type BucketTarget,
  type EdgeRequest,
  type EdgeResponse,
  type FunctionUrlTarget,
  jsonResponse,
  type OriginModel,
} from './model';
import { policyAllows } from './resource-policy';

const CLOUDFRONT_PRINCIPAL = 'cloudfront.amazonaws.com';
/** Maximum body of a request to a function URL. */
const MAX_FUNCTION_URL_BODY_BYTES = 6 * 1024 * 1024;

/** IAM action that S3 requires for an HTTP method. S3 answers other methods with 405. */
const OBJECT_ACTIONS: Readonly<Record<string, string>> = {
  GET: 's3:GetObject',
  HEAD: 's3:GetObject',
  PUT: 's3:PutObject',
  DELETE: 's3:DeleteObject',
};

/** An origin's refusal, with the reason for the log. */
export interface AccessRefusal {
  readonly response: EdgeResponse;
  readonly reason: string;
}

/**
 * Decides whether an origin accepts a distribution's request. The decision depends on origin access
 * control and on resource policies.
 */
export class OriginAccess {
  /** @param distributionArn ARN of the distribution, the caller in resource policies */
  public constructor(private readonly distributionArn: string) {}

  /** Returns the origin's refusal of a request. Undefined if the origin accepts it. */
  public refusal(origin: OriginModel, request: EdgeRequest): AccessRefusal | undefined {
    const { target, accessControl } = origin;
    if (target.kind === 'other') return undefined;
    const signs =
      accessControl !== undefined &&
      (accessControl.signing === 'always' ||
        (accessControl.signing === 'no-override' && request.headers['authorization'] === undefined));
    if (target.kind === 'bucket')
      return this.bucketRefusal(target, request.method, `${origin.path}${request.path}`, signs);
    if (!signs && isPublic(target)) return tooLarge(request);
    if (!signs) {
      return { response: jsonResponse(403, { Message: 'Forbidden' }), reason: 'no origin access control signs' };
    }
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
          reason: `the function's policy does not allow ${action} for this distribution`,
        };
      }
    }
    const stated = request.headers[BODY_HASH_HEADER];
    const actual = createHash('sha256').update(request.body).digest('hex');
    if ((request.body.length > 0 || stated !== undefined) && stated !== actual) {
      return {
        response: jsonResponse(403, {
          message:
            'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
        }),
        reason: `${BODY_HASH_HEADER} is ${stated === undefined ? 'missing' : 'not the hash of the body'}`,
      };
    }
    return tooLarge(request);
  }

  /**
   * Returns the answer that S3 would send. If the distribution may not list the bucket, S3 answers
   * a request for a missing object with 403 instead of 404.
   */
  public hideMissing(origin: OriginModel, response: EdgeResponse): EdgeResponse {
    const { target } = origin;
    if (target.kind !== 'bucket' || response.status !== 404) return response;
    return this.bucketAllows(target, 's3:ListBucket', '') ? response : accessDenied();
  }

  private bucketRefusal(target: BucketTarget, method: string, path: string, signs: boolean): AccessRefusal | undefined {
    if (!signs) return { response: accessDenied(), reason: 'no origin access control signs' };
    const objectAction = Object.hasOwn(OBJECT_ACTIONS, method) ? OBJECT_ACTIONS[method] : undefined;
    if (objectAction === undefined) {
      return { response: s3Error(405, 'MethodNotAllowed'), reason: `S3 has no ${method} for objects` };
    }
    // A request for the bucket's root lists its objects.
    const isBucket = path === '/';
    const action = isBucket ? 's3:ListBucket' : objectAction;
    if (isBucket && objectAction !== 's3:GetObject') {
      return { response: accessDenied(), reason: `${method} of the bucket itself` };
    }
    if (this.bucketAllows(target, action, isBucket ? '' : path)) return undefined;
    return {
      response: accessDenied(),
      reason: `the bucket policy does not allow ${action} for this distribution`,
    };
  }

  private bucketAllows(target: BucketTarget, action: string, path: string): boolean {
    return policyAllows(target.policy, {
      service: CLOUDFRONT_PRINCIPAL,
      action,
      resource: `arn:aws:s3:::${target.bucket}${decodePath(path)}`,
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
  return s3Error(403, 'AccessDenied');
}

function s3Error(status: number, code: string): EdgeResponse {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, cookies: [], body: Buffer.from(body) };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Whether everybody may call a function URL, because its authorization type is `NONE`. */
function isPublic({ policy }: FunctionUrlTarget): boolean {
  const context = { 'lambda:functionurlauthtype': 'NONE' };
  return policyAllows(policy, { service: 'an unsigned request', action: 'lambda:InvokeFunctionUrl', context });
}

function tooLarge({ body }: EdgeRequest): AccessRefusal | undefined {
  if (body.length <= MAX_FUNCTION_URL_BODY_BYTES) return undefined;
  return { response: jsonResponse(413, { Message: 'Request Entity Too Large' }), reason: 'body over 6 MiB' };
}
