/**
 * Environment of this process without AWS settings, CDK settings and proxies. A command with this
 * environment has no credentials for AWS.
 */
export function shellEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS_|CDK_|.*_proxy$)/i.test(name)));
}
