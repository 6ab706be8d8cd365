import { LocalError } from '../local-error';
import type { AssemblyStack } from './assembly';
import type { Refusal } from './drop';
import { isMap } from './template';

/**
 * Values of CloudFormation parameters by stack name. The values of the name `*` apply to every
 * stack.
 */
export type ParameterValues = ReadonlyMap<string, Readonly<Record<string, string>>>;

/**
 * Parses `--parameters` like the CDK CLI: `NAME=VALUE` for every stack, `STACK:NAME=VALUE` for one.
 * @throws LocalError for a text without `=`
 */
export function parseParameters(texts: readonly string[]): ParameterValues {
  const values = new Map<string, Record<string, string>>();
  for (const text of texts) {
    const [, stack = '*', name, value] = /^(?:([^:=]+):)?([^:=]+)=([\s\S]*)$/.exec(text) ?? [];
    if (name === undefined || value === undefined) {
      throw new LocalError(`--parameters must be NAME=VALUE or STACK:NAME=VALUE, got '${text}'`);
    }
    values.set(stack, { ...values.get(stack), [name]: value });
  }
  return values;
}

/** Values for the parameters of a stack. Values of the user replace those of the app. */
export function parametersOf(stack: AssemblyStack, given: ParameterValues): Record<string, string> {
  const declared = stack.template.Parameters ?? {};
  const all = { ...stack.parameters, ...given.get('*'), ...given.get(stack.name), ...given.get(stack.id) };
  return Object.fromEntries(Object.entries(all).filter(([name]) => declared[name] !== undefined));
}

/** Parameters of a stack that have neither a value nor a default. */
export function missingParameters(stack: AssemblyStack, values: Readonly<Record<string, string>>): Refusal[] {
  return Object.entries(stack.template.Parameters ?? {}).flatMap(([name, parameter]) => {
    if (!isMap(parameter) || parameter['Default'] !== undefined || values[name] !== undefined) return [];
    const why = `it has no default: add --parameters ${stack.id}:${name}=VALUE`;
    return [{ path: `${stack.id}: parameter ${name}`, type: String(parameter['Type']), why }];
  });
}
