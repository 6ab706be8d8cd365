/** An entrance of the deployed app, as programs on this machine reach it. */
export interface LocalAddress {
  /** Construct path: `Shop/Edge/Distribution`. */
  readonly name: string;
  readonly kind: 'distribution' | 'function URL' | 'REST API' | 'HTTP API';
  /** Name of the stack. */
  readonly stackName: string;
  /** `http://localhost:<port>`, without a trailing slash. */
  readonly url: string;
  /** The address with TLS. Only a distribution has one. */
  readonly secureUrl?: string;
  /** The deployed address, without a trailing slash: `https://d111.cloudfront.net`. */
  readonly deployedUrl: string;
}

/** Replaces deployed addresses in a text by the local ones. */
export function toLocal(text: string, addresses: readonly LocalAddress[]): string {
  return addresses.reduce((result, { deployedUrl, url }) => {
    const host = deployedUrl.replace('https://', '');
    return result === host ? url.replace('http://', '') : result.replaceAll(deployedUrl, url);
  }, text);
}
