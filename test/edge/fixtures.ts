import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { App, Stack, type StackProps } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { EdgeDistribution, type EdgeDistributionProps } from '../../lib/edge';
import { Handler } from '../../lib/functions';
import type { IIdentity } from '../../lib/identity';
import { MicroModule, type Route } from '../../lib/modules';

export const NOWHERE = { account: '111122223333', region: 'us-east-1' };

/** A handler that is never run. */
export const HANDLER = Handler.fromCode(Code.fromInline('exports.handler = async () => ({});'), 'index.handler', {
  verifiesTokens: true,
});

/** An issuer that isn't in the stack. */
export function foreignIdentity(): IIdentity {
  return {
    issuer: 'https://issuer.example.com',
    kind: 'oidc',
    audience: 'shop',
    servicePrefix: 'shop/',
    signInUrl: 'https://signin.example.com',
    addSignIn: () => ({ clientId: 'client', signInUrl: 'https://signin.example.com', scope: 'openid' }),
    addService: () => {},
  };
}

/** A stack with a distribution. */
export function edge(props: EdgeDistributionProps = {}, stackProps: StackProps = { env: NOWHERE }) {
  const app = new App();
  const stack = new Stack(app, 'Shop', stackProps);
  const distribution = new EdgeDistribution(stack, 'Edge', props);
  const module = (id: string, routes: Route[]) => {
    const made = new MicroModule(stack, id, { handler: HANDLER, routes, identity: props.identity });
    distribution.addModule(made);
    return made;
  };
  return { app, stack, edge: distribution, module };
}

const folders: string[] = [];
afterAll(() => {
  for (const root of folders) rmSync(root, { recursive: true });
});

/** A folder with files, gone after the tests. */
export function folder(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'breakwater-site-'));
  folders.push(root);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}
