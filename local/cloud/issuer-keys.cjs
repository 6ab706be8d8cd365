// Every Node.js function of the emulator loads this file (`--require`, see nodeWrapper in
// emulator.ts). Tokens name the issuer of AWS, https://cognito-idp.<region>.amazonaws.com/<pool>,
// and handlers fetch its keys from that host. This file sends such requests to the emulator, which
// has the keys. So handlers run unchanged.
const https = require('node:https');

const ISSUER = /^cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/;
const endpoint = process.env.AWS_ENDPOINT_URL ? new URL(process.env.AWS_ENDPOINT_URL) : undefined;

if (endpoint !== undefined) {
  const { request } = https;
  const redirect = (url) => (ISSUER.test(url.hostname) ? new URL(`${url.pathname}${url.search}`, endpoint) : undefined);

  https.request = function (first, ...rest) {
    if (typeof first === 'string' || first instanceof URL) {
      const target = redirect(new URL(first));
      return request.call(this, target ?? first, ...rest);
    }
    const host = first.hostname ?? first.host;
    if (typeof host === 'string' && ISSUER.test(host)) {
      const { host: _host, servername: _servername, agent: _agent, ...options } = first;
      return request.call(this, { ...options, hostname: endpoint.hostname, port: endpoint.port }, ...rest);
    }
    return request.call(this, first, ...rest);
  };
  https.get = (...args) => {
    const made = https.request(...args);
    made.end();
    return made;
  };

  const { fetch } = globalThis;
  globalThis.fetch = (input, init) => {
    const url = typeof input === 'string' || input instanceof URL ? new URL(input) : undefined;
    return fetch((url && redirect(url)) ?? input, init);
  };
}
