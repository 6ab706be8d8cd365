import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks } from 'cdk-nag';
import { buildShop } from '../bin/app';

/**
 * Synthesizes the shop with the rule packs of cdk-nag and the CDK's own template validation. The
 * program fails if a finding isn't acknowledged in the code next to its construct. Usage: `node
 * --import tsx scripts/scan-shop.ts [profile] [--no-packs]`.
 */

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly violations: readonly {
      readonly ruleName: string;
      readonly description: string;
      readonly severity?: string;
      readonly violatingConstructs: readonly { readonly constructPath?: string }[];
    }[];
  }[];
}

function main(): void {
  const [profile = 'production'] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  const outdir = join(__dirname, '..', '.breakwater', 'test', `scan-${profile}`);
  const app = new App({
    outdir,
    analyticsReporting: false,
    // Findings of the CDK's own rules count as errors here.
    postCliContext: { profile, '@aws-cdk/core:validateAgainstDefaultRules': true },
  });
  buildShop(app);
  if (!process.argv.includes('--no-packs')) {
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new NIST80053R5Checks(app), new ServerlessChecks(app));
  }
  let refused: Error | undefined;
  // The CDK's long output isn't printed. The report below has one line for each finding.
  const { error: printError, warn: printWarning, log } = console;
  console.error = console.warn = () => {};
  try {
    app.synth();
  } catch (error) {
    refused = error as Error;
  } finally {
    Object.assign(console, { error: printError, warn: printWarning });
  }
  const findings = findingsIn(outdir);
  for (const finding of findings) log(finding);
  if (refused !== undefined && findings.length === 0) throw refused;
  log(`${profile}: ${findings.length} rules have findings`);
  process.exitCode = findings.length > 0 ? 1 : 0;
}

function findingsIn(outdir: string): string[] {
  let text: string;
  try {
    text = readFileSync(join(outdir, 'validation-report.json'), 'utf8');
  } catch {
    return [];
  }
  return (JSON.parse(text) as Report).pluginReports.flatMap(({ pluginName, violations }) =>
    violations
      // The library's own warnings (a missing domain, for example) are advice, not findings.
      .filter(({ severity }) => pluginName !== 'Construct Annotations' || severity === 'error')
      .map(({ ruleName, description, violatingConstructs }) => {
        const reason = description.replace(/ - \(Control IDs:.*$/, '');
        const where = violatingConstructs.map(({ constructPath }) => `\n    ${constructPath ?? '?'}`);
        return `${ruleName}: ${reason} (${pluginName})${where.join('')}`;
      }),
  );
}

main();
