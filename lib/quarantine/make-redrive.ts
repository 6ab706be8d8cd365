import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Alias, type CfnFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { type AliasedFunction, stackFunction } from '../functions';
import type { SharedProfile } from '../profile';
import { REDRIVE_ALIASES, redriveFunctionName } from '../protocol';
import { rootStack } from '../stacks';

/** A request sends or discards up to 100 messages, or lists all of them. */
const TIMEOUT = Duration.seconds(60);

/**
 * Makes the function by which a person works with held messages. Its name follows from the stack's,
 * so that a person needs no right to look it up.
 */
export function makeRedrive(scope: Construct, id: string, profile: SharedProfile): AliasedFunction {
  const made = stackFunction(scope, id, {
    name: 'redrive',
    description: 'Lists messages that were given up, sends them again, or discards them',
    timeout: TIMEOUT,
    profile,
  });
  (made.function.node.defaultChild as CfnFunction).functionName = redriveFunctionName(rootStack(scope).stackName);
  return made;
}

/**
 * Makes the alias of the redrive function that discards messages. It is an alias of its own,
 * because IAM knows the alias of a call, and not its content.
 */
export function makeDiscardAlias(redrive: AliasedFunction): Alias {
  const version = redrive.function.currentVersion;
  return new Alias(redrive, 'Discard', { aliasName: REDRIVE_ALIASES.discard, version });
}

/** Sets a variable with names of queues, by the names of their workers. More may be added later. */
export function setQueueNames(made: AliasedFunction, variable: string, names: ReadonlyMap<string, string>): void {
  const produce = () => Stack.of(made).toJsonString(Object.fromEntries(names));
  made.addEnvironment(variable, Lazy.string({ produce }));
}
