type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Address of a service, by the variables that every AWS SDK obeys, so that the function talks to whichever cloud runs it.
 * @param service as in its host name: `application-autoscaling`
 * @param id its name in variables: `APPLICATION_AUTO_SCALING`
 */
export function endpointOf(service: string, id: string, region: string, env: Variables): string {
  const stated = env[`AWS_ENDPOINT_URL_${id}`] || env['AWS_ENDPOINT_URL'];
  if (stated) return stated.replace(/\/+$/, '');
  return `https://${service}.${region}.${region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'}`;
}
