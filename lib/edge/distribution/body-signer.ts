/**
 * Who states the SHA-256 of a request's body. CloudFront signs calls to a function URL, and for a body it takes the hash from
 * `x-amz-content-sha256`; without it Lambda refuses the call:
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-lambda.html
 */
export class BodySigner {
  /** The caller does: `signedFetch` of `cdk-breakwater/runtime` adds the header in browsers and Node. */
  public static readonly CALLER = new BodySigner('caller');

  private constructor(
    /** `caller`. */
    public readonly signerName: string,
  ) {}
}
