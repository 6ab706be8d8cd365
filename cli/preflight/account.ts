import { readFileSync, writeFileSync } from 'node:fs';
import { AwsClient } from 'aws4fetch';
import { credentialsIn } from '../credentials';

/** A read-only call to AWS. */
export interface Question {
  /** IAM action of the call. It is also the call's name in a recording. */
  readonly action: string;
  readonly service: string;
  /** Whether the service is global, so that it is called in us-east-1. */
  readonly global?: boolean;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A source of answers about an account: AWS itself, or a recording of AWS's answers. */
export interface Account {
  ask(question: Question): Promise<Answer>;
}

/** An error that the user can correct. It is printed as one line, without a stack trace. */
export class PreflightError extends Error {
  public override readonly name = 'PreflightError';
}

const JSON_HEADERS = { 'content-type': 'application/x-amz-json-1.1' };

/** All calls to AWS. They only read. */
export const QUESTIONS = {
  identity: {
    action: 'sts:GetCallerIdentity',
    service: 'sts',
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Action=GetCallerIdentity&Version=2011-06-15',
  },
  bootstrap: {
    action: 'ssm:GetParameter',
    service: 'ssm',
    method: 'POST',
    path: '/',
    headers: { ...JSON_HEADERS, 'x-amz-target': 'AmazonSSM.GetParameter' },
    body: '{"Name":"/cdk-bootstrap/hnb659fds/version"}',
  },
  concurrency: {
    action: 'lambda:GetAccountSettings',
    service: 'lambda',
    method: 'GET',
    path: '/2016-08-19/account-settings/',
  },
  mail: { action: 'ses:GetAccount', service: 'ses', method: 'GET', path: '/v2/email/account' },
  webAcls: {
    action: 'wafv2:ListWebACLs',
    service: 'wafv2',
    global: true,
    method: 'POST',
    path: '/',
    headers: { ...JSON_HEADERS, 'x-amz-target': 'AWSWAF_20190729.ListWebACLs' },
    body: '{"Scope":"CLOUDFRONT","Limit":100}',
  },
  distributions: cloudFront('ListDistributions', 'distribution'),
  cachePolicies: cloudFront('ListCachePolicies', 'cache-policy?Type=custom'),
  responseHeadersPolicies: cloudFront('ListResponseHeadersPolicies', 'response-headers-policy?Type=custom'),
  edgeFunctions: cloudFront('ListFunctions', 'function'),
  originAccessControls: cloudFront('ListOriginAccessControls', 'origin-access-control'),
} as const satisfies Record<string, Question>;

function cloudFront(action: string, path: string): Question {
  return {
    action: `cloudfront:${action}`,
    service: 'cloudfront',
    global: true,
    method: 'GET',
    path: `/2020-05-31/${path}`,
  };
}

function host(question: Question, region: string): string {
  if (question.service === 'cloudfront') return 'cloudfront.amazonaws.com';
  const prefix = question.service === 'ses' ? 'email' : question.service;
  return `${prefix}.${question.global ? 'us-east-1' : region}.amazonaws.com`;
}

/**
 * Makes an account from the credentials in the environment.
 * @throws PreflightError if there are no credentials, or if AWS can't be reached
 */
export function realAccount(region: string, env: Record<string, string | undefined>): Account {
  const credentials = credentialsIn(env);
  if (credentials === undefined) {
    throw new PreflightError(
      'No AWS credentials in the environment: run `eval "$(aws configure export-credentials --format env)"` first, ' +
        'or pass `--recorded FILE`.',
    );
  }
  const client = new AwsClient({ ...credentials, retries: 3 });
  return {
    async ask(question) {
      const { method, path, headers = {}, body, service, global } = question;
      const url = `https://${host(question, region)}${path}`;
      try {
        const answer = await client.fetch(url, {
          method,
          headers,
          ...(body === undefined ? {} : { body }),
          aws: { service, region: global ? 'us-east-1' : region },
        });
        return { status: answer.status, body: await answer.text() };
      } catch (error) {
        const cause = (error as Error & { cause?: { code?: string } }).cause?.code ?? (error as Error).message;
        throw new PreflightError(`AWS can't be reached for ${question.action} (${cause}): check the network.`);
      }
    },
  };
}

/** Makes an account from a recording, a JSON object that maps actions to `{status, body}`. */
export function recordedAccount(file: string): Account {
  let answers: Record<string, Answer>;
  try {
    answers = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Answer>;
  } catch (error) {
    throw new PreflightError(`The recording ${file} can't be read: ${(error as Error).message}`);
  }
  return {
    async ask({ action }) {
      const answer = answers[action];
      if (answer === undefined)
        throw new PreflightError(`The recording ${file} must have an answer for each call, got none for ${action}.`);
      return answer;
    },
  };
}

/**
 * Makes an account that passes calls to another one, and writes each answer to a file for
 * `--recorded`.
 */
export function recording(account: Account, file: string): Account {
  const answers: Record<string, Answer> = {};
  return {
    async ask(question) {
      const answer = await account.ask(question);
      answers[question.action] = answer;
      writeFileSync(file, `${JSON.stringify(answers, null, 2)}\n`);
      return answer;
    },
  };
}
