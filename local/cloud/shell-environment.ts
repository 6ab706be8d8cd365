/**
 * Environment of this process without AWS settings, CDK settings and proxies. If a command with it
 * calls AWS, the calls don't leave this machine.
 */
export function shellEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS_|CDK_|.*_proxy$)/i.test(name)));
}
