import type { Statement } from './deployed-app';

/**
 * Whether the statements of a role's policies allow a call. Conditions are ignored, because the
 * library's conditions only state the service that makes the call for the role.
 */
export function isAllowed(statements: readonly Statement[], action: string, resource: string): boolean {
  const matching = statements.filter(
    ({ Action, Resource }) =>
      list(Action).some((pattern) => fits(pattern.toLowerCase(), action.toLowerCase())) &&
      list(Resource).some((pattern) => fits(String(pattern), resource)),
  );
  return matching.some(({ Effect }) => Effect === 'Allow') && !matching.some(({ Effect }) => Effect === 'Deny');
}

function fits(pattern: string, value: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 's').test(value);
}

function list(value: string | readonly string[] | undefined): readonly string[] {
  return typeof value === 'string' ? [value] : (value ?? []);
}
