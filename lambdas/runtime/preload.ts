/**
 * Whether Lambda started this process for provisioned concurrency, before any request. Only then is
 * it free to load modules ahead: on demand, the first caller waits for each of them.
 */
export function isProvisioned(environment: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return environment['AWS_LAMBDA_INITIALIZATION_TYPE'] === 'provisioned-concurrency';
}
