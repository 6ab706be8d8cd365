import type { IncomingHttpHeaders } from 'node:http';
import { ScalingError } from './scaling-error';

const SERVICE = 'application-autoscaling';
/** Maximum difference between a signature's date and the current time: 15 minutes, as on AWS. */
const TOLERANCE_MS = 15 * 60_000;
const FORM =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=[0-9a-f]{64}$/;
const DATE = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/**
 * Checks that a request has a signature (AWS Signature Version 4) for this service, its Region and
 * the current time. The signature itself can't be verified, because only the local AWS emulator
 * knows the secret keys of the functions' sessions.
 * @returns the access key ID of the caller
 * @throws ScalingError if the request has no such signature
 */
export function requireSigned(headers: IncomingHttpHeaders, region: string, now: number): string {
  const { authorization, 'x-amz-date': stamped } = headers;
  if (authorization === undefined) {
    throw new ScalingError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  const form = FORM.exec(authorization);
  const date = DATE.exec(String(stamped));
  if (form === null || date === null) throw incomplete('Authorization or X-Amz-Date is malformed');
  const [, key, day, scopedRegion, service, signed] = form as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  if (service !== SERVICE) throw incomplete(`Credential should be scoped to correct service: '${SERVICE}'`);
  if (scopedRegion !== region) throw incomplete(`Credential should be scoped to a valid region, not '${scopedRegion}'`);
  if (!String(stamped).startsWith(day))
    throw incomplete('Date in Credential scope does not match YYYYMMDD from X-Amz-Date');
  const names = signed.split(';');
  for (const name of ['host', 'x-amz-date']) {
    if (!names.includes(name)) throw incomplete(`'${name}' must be a signed header`);
  }
  const [, year, month, dayOfMonth, hour, minute, second] = date.map(Number) as [number, ...number[]];
  const at = Date.UTC(year!, month! - 1, dayOfMonth!, hour!, minute!, second!);
  if (Math.abs(at - now) > TOLERANCE_MS)
    throw incomplete(`Signature expired: ${stamped} is not within 15 minutes of now`);
  return key;
}

function incomplete(message: string): ScalingError {
  return new ScalingError('IncompleteSignatureException', message);
}
