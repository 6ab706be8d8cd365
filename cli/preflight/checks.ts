import { ACCOUNT } from '../../lib/limits';
import { type Account, type Answer, PreflightError, QUESTIONS } from './account';
import type { Needs } from './needs';

/**
 * `ok`: the deployment won't fail because of this. `no`: the deployment will fail. `note`: a
 * remark.
 */
export type CheckResult = 'ok' | 'no' | 'note';

/** One line of the report about an account. */
export interface Check {
  readonly what: string;
  readonly result: CheckResult;
  readonly found: string;
  /** How to fix it. */
  readonly advice?: string;
}

type QuestionName = keyof typeof QUESTIONS;

/** Makes all calls to the account, and compares the answers with the app's needs. */
export async function checkAccount(account: Account, needs: Needs): Promise<Check[]> {
  const ask = async (name: QuestionName, judge: (answer: Answer) => Check[]): Promise<Check[]> => {
    const question = QUESTIONS[name];
    const answer = await account.ask(question);
    if (
      answer.status === 401 ||
      answer.status === 403 ||
      /AccessDenied|UnrecognizedClient/.test(answer.body.slice(0, 400))
    ) {
      return [
        {
          what: question.action,
          result: 'note',
          found: 'not allowed to read it',
          advice: `allow ${question.action}, or check it by hand`,
        },
      ];
    }
    return judge(answer);
  };
  const identity = await account.ask(QUESTIONS.identity);
  const id = /<Account>(\d{12})<\/Account>/.exec(identity.body)?.[1];
  if (identity.status !== 200 || id === undefined) {
    throw new PreflightError(`These credentials are refused by AWS (${errorCode(identity)}): sign in again.`);
  }
  const counted = (name: QuestionName, what: string, needed: number, quota: number) =>
    ask(name, (answer) => [countCheck(what, needed, quantityOf(name, answer), quota)]);
  return [
    { what: 'account', result: 'ok', found: id },
    ...(await ask('bootstrap', bootstrapCheck)),
    ...(await ask('concurrency', (answer) => concurrencyChecks(answer, needs))),
    ...(await ask('distributions', (answer) => distributionChecks(quantityOf('distributions', answer), needs))),
    ...(await counted('cachePolicies', 'CloudFront cache policies', needs.cachePolicies, ACCOUNT.MAX_CACHE_POLICIES)),
    ...(await counted(
      'responseHeadersPolicies',
      'CloudFront response headers policies',
      needs.responseHeadersPolicies,
      ACCOUNT.MAX_RESPONSE_HEADERS_POLICIES,
    )),
    ...(await counted('edgeFunctions', 'CloudFront functions', needs.edgeFunctions, ACCOUNT.MAX_EDGE_FUNCTIONS)),
    ...(await counted(
      'originAccessControls',
      'CloudFront origin access controls',
      needs.originAccessControls,
      ACCOUNT.MAX_ORIGIN_ACCESS_CONTROLS,
    )),
    ...(await counted('webAcls', 'web ACLs (CloudFront)', needs.webAcls, ACCOUNT.MAX_WEB_ACLS)),
    ...(await ask('mail', mailCheck)),
  ];
}

function errorCode({ status, body }: Answer): string {
  return /<Code>(\w+)<\/Code>|"__type"\s*:\s*"(?:[^"#]*#)?(\w+)"/.exec(body)?.slice(1).find(Boolean) ?? String(status);
}

function parse<T>({ body }: Answer): T {
  return JSON.parse(body) as T;
}

function quantityOf(name: QuestionName, answer: Answer): number {
  if (answer.status !== 200) throw new PreflightError(`${QUESTIONS[name].action} failed: ${errorCode(answer)}`);
  if (name === 'webAcls') return parse<{ WebACLs?: unknown[] }>(answer).WebACLs?.length ?? 0;
  return Number(/<Quantity>(\d+)<\/Quantity>/.exec(answer.body)?.[1] ?? 0);
}

function countCheck(what: string, needed: number, used: number, quota: number): Check {
  const found = `${used} used, ${needed} more needed, ${quota} by default`;
  if (used + needed <= quota) return { what, result: 'ok', found };
  return {
    what,
    result: 'no',
    found,
    advice: 'raise the quota in Service Quotas unless it is already raised, or remove unused ones',
  };
}

/**
 * Checks the number of distributions. CloudFront may refuse the first distribution of a new
 * account, and no API call shows this in advance.
 */
function distributionChecks(used: number, { distributions }: Needs): Check[] {
  const counted = countCheck('CloudFront distributions', distributions, used, ACCOUNT.MAX_DISTRIBUTIONS);
  if (used > 0 || distributions === 0) return [counted];
  const advice =
    "AWS may have to verify a new account first: if the deployment ends with 'your account must be verified', open a support case";
  return [counted, { what: 'CloudFront account', result: 'note', found: 'no distribution yet', advice }];
}

function bootstrapCheck(answer: Answer): Check[] {
  const what = 'CDK bootstrap';
  const advice = 'run `npx cdk bootstrap` once for this account and Region';
  if (answer.status !== 200) return [{ what, result: 'no', found: `none (${errorCode(answer)})`, advice }];
  const version = Number(parse<{ Parameter: { Value: string } }>(answer).Parameter.Value);
  const result = version >= ACCOUNT.MIN_BOOTSTRAP_VERSION ? 'ok' : 'no';
  return [{ what, result, found: `version ${version}`, ...(result === 'ok' ? {} : { advice }) }];
}

function concurrencyChecks(answer: Answer, needs: Needs): Check[] {
  if (answer.status !== 200) throw new PreflightError(`${QUESTIONS.concurrency.action} failed: ${errorCode(answer)}`);
  const { ConcurrentExecutions: limit, UnreservedConcurrentExecutions: free } = parse<{
    AccountLimit: { ConcurrentExecutions: number; UnreservedConcurrentExecutions: number };
  }>(answer).AccountLimit;
  const wanted = needs.reservedConcurrency + needs.provisionedConcurrency;
  const what = 'Lambda concurrency to reserve or provision';
  const available = Math.max(0, free - ACCOUNT.MIN_UNRESERVED_CONCURRENCY);
  const found = `${wanted} needed, ${available} available (the quota is ${limit}, ${ACCOUNT.MIN_UNRESERVED_CONCURRENCY} stay unreserved)`;
  const enough: Check =
    wanted <= available
      ? { what, result: 'ok', found }
      : {
          what,
          result: 'no',
          found,
          advice:
            'deploy with Scaling.onDemand() or the sandbox profile, or raise "Concurrent executions" in Service Quotas',
        };
  const total: Check = {
    what: 'Lambda concurrency of the account',
    result: limit < 1000 ? 'note' : 'ok',
    found: `${limit}`,
    ...(limit < 1000 ? { advice: 'a new account has a low quota: request 1,000 before real traffic' } : {}),
  };
  return [enough, ...maximumCheck(needs, available), total];
}

/**
 * Checks the quota for the maximum of provisioned concurrency. If it is too small, the deployment
 * still succeeds, but target tracking and forecasts are limited to the quota.
 */
function maximumCheck(needs: Needs, available: number): Check[] {
  if (needs.provisionedAtMost === 0) return [];
  const wanted = needs.reservedConcurrency + Math.max(needs.provisionedAtMost, needs.provisionedConcurrency);
  const what = 'maximum of provisioned Lambda concurrency';
  const found = `${wanted} needed, reservations included, ${available} available`;
  if (wanted <= available) return [{ what, result: 'ok', found }];
  const advice =
    'floors stop at the available concurrency: raise "Concurrent executions" in Service Quotas, or lower max';
  return [{ what, result: 'note', found, advice }];
}

function mailCheck(answer: Answer): Check[] {
  const what = 'mail (SES)';
  if (answer.status !== 200)
    return [
      { what, result: 'note', found: `not set up (${errorCode(answer)})`, advice: 'mail goes to the outbox bucket' },
    ];
  const { ProductionAccessEnabled: production } = parse<{ ProductionAccessEnabled?: boolean }>(answer);
  return production
    ? [{ what, result: 'ok', found: 'out of its sandbox' }]
    : [
        {
          what,
          result: 'note',
          found: 'in its sandbox',
          advice: 'mail reaches verified addresses only; without a sender it goes to the outbox bucket',
        },
      ];
}
