/**
 * Whether Lambda started this process for provisioned concurrency, before any request. Only then
 * should modules be loaded early. In a process that starts on demand, the first caller would wait
 * for them.
 */
export function isProvisioned(environment: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return environment['AWS_LAMBDA_INITIALIZATION_TYPE'] === 'provisioned-concurrency';
}
