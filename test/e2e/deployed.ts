import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { RunningShop } from '../../shop/running-shop';
import type { CloudApi, Credentials } from '../../testing';
import { items, text } from '../../testing/xml';
import { PROJECT_ROOT } from './project-root';
import { type RoughCloud, serveRoughCloud } from './rough-cloud';

const IAM = '2010-05-08';
/** A sale of an anonymous guest, a sale of a customer, and a refund. */
const SALES = `InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
736365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,12/1/2010 8:26,2.55,17850,United Kingdom
736365,71053,WHITE METAL LANTERN,6,12/1/2010 8:26,3.39,17850,United Kingdom
736366,22633,HAND WARMER UNION JACK,6,12/1/2010 8:28,1.85,,United Kingdom
C736379,71053,WHITE METAL LANTERN,-1,12/1/2010 9:41,3.39,17850,United Kingdom
`;

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** The rights that docs/first-deploy.md lists. */
function documentedRights(): string {
  const page = readFileSync(path.join(PROJECT_ROOT, 'docs', 'first-deploy.md'), 'utf8');
  return /^```json\n([\s\S]*?"Statement"[\s\S]*?)^```$/m.exec(page)?.[1] ?? 'no policy';
}

/** Tests of `npm start -- --stack`: a second process that knows the emulator by `AWS_*` alone, as it would know AWS. */
export function testDeployed(running: () => RunningShop, cloud: () => CloudApi): void {
  const user = 'replay';
  let key: Credentials;

  let rough: RoughCloud;

  const start = (): Promise<Ended> => {
    const { folder, edgeUrl } = running();
    const home = path.join(folder, 'replay-home');
    mkdirSync(home, { recursive: true });
    const sales = path.join(home, 'sales.csv');
    writeFileSync(sales, SALES);
    const args = ['--import', 'tsx', 'shop/start.ts', '--stack', 'Shop', '--edge', edgeUrl, '--orders', sales];
    const child = spawn(process.execPath, [...args, '--no-flood'], {
      cwd: PROJECT_ROOT,
      // Nothing of this process's environment that could help.
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        AWS_ENDPOINT_URL: rough.url,
        AWS_ACCESS_KEY_ID: key.accessKeyId,
        AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
      },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
  };

  describe('a replay against a stack that is already deployed', () => {
    beforeAll(async () => {
      rough = await serveRoughCloud({ endpoint: running().endpoint, credentials: () => key });
      await cloud().query('iam', IAM, 'CreateUser', { UserName: user });
      const made = await cloud().query('iam', IAM, 'CreateAccessKey', { UserName: user });
      const [shown] = items(made, 'CreateAccessKeyResult');
      key = { accessKeyId: text(shown, 'AccessKeyId'), secretAccessKey: text(shown, 'SecretAccessKey') };
    });

    afterAll(() => rough?.close());

    test('is refused in one line without rights', async () => {
      const { code, output } = await start();
      expect(output).toMatch(/^error: AWS refused the call .*docs\/first-deploy\.md lists the rights\n$/m);
      expect(code).toBe(1);
    });

    test('reconciles with the documented rights alone, however rough the services are', async () => {
      await cloud().query('iam', IAM, 'PutUserPolicy', {
        UserName: user,
        PolicyName: 'documented',
        PolicyDocument: documentedRights(),
      });
      const { code, output } = await start();
      expect(output).toContain('2 sales and 1 refunds of 4 lines');
      expect(output).not.toContain('FAILED');
      expect(output).toMatch(/\*\*Good\*\*/);
      expect(output).toMatch(/orders and \d+ products existed before/);
      expect(output).toMatch(/less than \$0\.01/);
      expect(code).toBe(0);
      expect(rough.counts.throttled).toBeGreaterThan(10);
      expect(rough.counts.late).toBeGreaterThan(10);
      expect(rough.counts.pages).toBeGreaterThan(10);
      // The person and the client of the checks are gone.
      const pool = { UserPoolId: running().outputs['UserPoolId']! };
      const left = await Promise.all(
        ['ListUsers', 'ListUserPoolClients'].map((action) =>
          cloud().json('cognito-idp', `AWSCognitoIdentityProviderService.${action}`, pool),
        ),
      );
      expect(JSON.stringify(left)).not.toContain('breakwater-check');
    });
  });
}
