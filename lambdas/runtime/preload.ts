/**
 * Whether this process is being made ready before anybody waits for it. Only then is loading ahead free: on demand, each
 * module loaded at start is paid by the first caller, whether the request needs it or not.
 */
export function isProvisioned(environment: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return environment['AWS_LAMBDA_INITIALIZATION_TYPE'] === 'provisioned-concurrency';
}
