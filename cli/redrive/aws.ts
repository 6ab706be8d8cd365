import { spawnSync } from 'node:child_process';
import { AwsClient } from 'aws4fetch';
import {
  entryKey,
  itemToEntry,
  type QuarantineEntry,
  type QuarantineKey,
  REDRIVE_ALIASES,
  type RedriveRequest,
  redriveFunctionName,
} from '../../lib/protocol';
import { type Credentials, credentialsIn } from '../credentials';
import { RedriveError, RefusedError } from './redrive-error';

type Environment = Readonly<Record<string, string | undefined>>;

/** The stack to call, and the credentials for it. */
export interface Place {
  readonly stack: string;
  readonly region: string | undefined;
  readonly profile: string | undefined;
}

/** The calls of the command. */
export interface Cloud {
  /** Invokes the redrive function. @throws RedriveError if it can't be invoked, or refuses */
  readonly ask: <T>(request: RedriveRequest) => Promise<T>;
  /** Reads an entry with its content. @throws RedriveError if the caller has no right to read it */
  readonly read: (table: string, key: QuarantineKey) => Promise<QuarantineEntry | undefined>;
}

/** Attempts of a call that AWS throttles. */
const ATTEMPTS = 5;
const THROTTLED_MS = 1_000;

/** Calls AWS, or another endpoint that `AWS_ENDPOINT_URL` names. */
export function awsOf({ stack, profile, ...place }: Place, env: Environment): Cloud {
  const region = place.region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
  if (!region) throw new RedriveError('The command needs --region NAME, the Region of the stack, got none.');
  const client = new AwsClient({ ...credentials(profile, env), retries: 0 });
  const name = redriveFunctionName(stack);

  async function call(service: 'lambda' | 'dynamodb', path: string, headers: Record<string, string>, body: object) {
    const base =
      env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ??
      env['AWS_ENDPOINT_URL'] ??
      `https://${service}.${region}.amazonaws.com`;
    for (let attempt = 1; ; attempt++) {
      const answer = await client
        .fetch(`${base}${path}`, { method: 'POST', headers, body: JSON.stringify(body), aws: { service, region } })
        .catch((error: Error & { readonly cause?: { readonly code?: string } }) => {
          const cause = error.cause?.code ?? error.message;
          throw new RedriveError(`AWS can't be reached at ${base} (${cause}): check the network and the Region.`);
        });
      if (answer.status !== 429 || attempt === ATTEMPTS) return answer;
      await new Promise((resolve) => setTimeout(resolve, THROTTLED_MS));
    }
  }

  return {
    async ask<T>(request: RedriveRequest): Promise<T> {
      const isDiscard = request.verb === 'discard';
      const alias = isDiscard ? REDRIVE_ALIASES.discard : REDRIVE_ALIASES.redrive;
      const answer = await call('lambda', `/2015-03-31/functions/${name}/invocations?Qualifier=${alias}`, {}, request);
      const text = await answer.text();
      if (answer.status === 404) {
        throw new RedriveError(
          `The stack '${stack}' must have the function '${name}' with the alias '${alias}' in ${region}, got none: check --stack and --region, and deploy the stack with this version. Only a top-level stack with a worker or a relay has the function.`,
        );
      }
      requireCredentials(answer, text);
      if (answer.status === 403) {
        const grant = isDiscard ? 'grantDiscard' : 'grantRedrive';
        throw new RedriveError(
          `AWS refused the call: the credentials must allow lambda:InvokeFunction on '${name}:${alias}'. Quarantine.${grant}() gives the right (${messageOf(text)}).`,
        );
      }
      if (!answer.ok)
        throw new RedriveError(`AWS refused the call of '${name}' with ${answer.status}: ${messageOf(text)}.`);
      if (answer.headers.get('x-amz-function-error') !== null) {
        throw new RedriveError(`The function '${name}' failed: ${messageOf(text)}. See its log.`);
      }
      const result = JSON.parse(text) as T & { readonly refused?: string };
      if (result.refused !== undefined) throw new RefusedError(`The redrive function refused: ${result.refused}.`);
      return result;
    },
    async read(table, key) {
      const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.GetItem' };
      const request = { TableName: table, Key: entryKey(key), ConsistentRead: true };
      const answer = await call('dynamodb', '/', headers, request);
      const text = await answer.text();
      requireCredentials(answer, text);
      if (!answer.ok) {
        throw new RedriveError(
          `AWS refused to read the table '${table}': the credentials must allow dynamodb:GetItem on it, and kms:Decrypt on its key. Quarantine.grantReadMessages() gives both rights (${messageOf(text)}).`,
        );
      }
      const { Item } = JSON.parse(text) as { readonly Item?: Record<string, unknown> };
      return Item && itemToEntry(Item);
    },
  };
}

/**
 * Names of AWS's errors for invalid or expired credentials. Errors about missing rights aren't
 * among them.
 */
const INVALID_CREDENTIALS = /ExpiredToken|UnrecognizedClient|InvalidSignature|InvalidClientTokenId|IncompleteSignature/;

/** @throws RedriveError if AWS doesn't accept the credentials */
function requireCredentials(answer: Response, text: string): void {
  if (answer.ok || !INVALID_CREDENTIALS.test(`${answer.headers.get('x-amzn-errortype')} ${text}`)) return;
  throw new RedriveError(
    `AWS must accept the credentials, got: ${messageOf(text)}. Sign in again, and check the profile and the machine's clock.`,
  );
}

/** @throws RedriveError if there are none */
function credentials(profile: string | undefined, env: Environment): Credentials {
  if (profile !== undefined) return credentialsOf(profile);
  const found = credentialsIn(env);
  if (found === undefined) {
    throw new RedriveError(
      'The command needs AWS credentials, got none in the environment: give --profile NAME, or run `eval "$(aws configure export-credentials --format env)"` first.',
    );
  }
  return found;
}

/** Asks the AWS CLI, which knows every kind of profile. */
function credentialsOf(profile: string): Credentials {
  const args = ['configure', 'export-credentials', '--profile', profile, '--format', 'process'];
  const { status, stdout, stderr, error } = spawnSync('aws', args, { encoding: 'utf8' });
  if (error !== undefined || status !== 0) {
    // Version 1 doesn't know the command, and prints its usage.
    const isOld = /Invalid choice/i.test(stderr ?? '');
    const why = error?.message ?? (isOld ? 'it needs version 2 of the AWS CLI' : stderr.trim());
    throw new RedriveError(
      `The AWS CLI must have the profile '${profile}' with credentials, got an error: ${why}. Check 'aws configure list-profiles', or sign in by 'aws sso login --profile ${profile}'.`,
    );
  }
  const { AccessKeyId, SecretAccessKey, SessionToken } = JSON.parse(stdout) as Record<string, string>;
  return {
    accessKeyId: AccessKeyId!,
    secretAccessKey: SecretAccessKey!,
    ...(SessionToken ? { sessionToken: SessionToken } : {}),
  };
}

function messageOf(text: string): string {
  try {
    const { message, Message, errorMessage } = JSON.parse(text) as Record<string, string | undefined>;
    return message ?? Message ?? errorMessage ?? text;
  } catch {
    return text;
  }
}
