import { LocalError } from '../local-error';
import type { Assembly, AssemblyStack } from './assembly';

/**
 * Selects stacks by name or path, like the CDK CLI: `Shop`, `Beta/*`, `**`. The dependencies of
 * these stacks are selected too. Without patterns all stacks are selected.
 * @throws LocalError if a pattern matches no stack, if two selected stacks have the same name in
 * the same Region, or if they belong to several accounts
 */
export function selectStacks(assembly: Assembly, patterns: readonly string[] = []): Assembly {
  const all = assembly.stacks;
  if (all.length === 0) throw new LocalError('the app must have a stack, got none');
  const chosen = new Set(patterns.length === 0 ? all : patterns.flatMap((pattern) => matching(all, pattern)));
  // Each stack comes after its dependencies in the list, so one pass backwards finds all
  // dependencies.
  for (const stack of [...all].reverse()) {
    if (!chosen.has(stack)) continue;
    for (const other of all) if (stack.dependsOn.includes(other.id)) chosen.add(other);
  }
  const stacks = all.filter((stack) => chosen.has(stack));
  refuseSameNames(stacks);
  accountOf(stacks);
  return { ...assembly, stacks };
}

/**
 * The account of all stacks.
 * @throws LocalError with their names if there are several
 */
export function accountOf(stacks: readonly AssemblyStack[]): string {
  const accounts = [...new Set(stacks.map(({ account }) => account))];
  if (accounts.length > 1) {
    const lines = accounts.map((account) => {
      const names = stacks.filter((stack) => stack.account === account).map(({ id }) => id);
      return `\n  ${account}: ${names.join(', ')}`;
    });
    throw new LocalError(
      `stacks of one run must be of one account, got ${accounts.length}; choose some with --stacks:${lines.join('')}`,
    );
  }
  return accounts[0]!;
}

function matching(stacks: readonly AssemblyStack[], pattern: string): AssemblyStack[] {
  const expression = pattern
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')));
  const whole = new RegExp(`^${expression.join('')}$`);
  const found = stacks.filter(({ id, name }) => whole.test(id) || whole.test(name));
  if (found.length === 0) {
    const known = stacks.map(({ id }) => id).join(', ');
    throw new LocalError(`--stacks must name a stack of the app, got '${pattern}'; the app has ${known}`);
  }
  return found;
}

function refuseSameNames(stacks: readonly AssemblyStack[]): void {
  for (const stack of stacks) {
    const same = stacks.filter(({ name, region }) => name === stack.name && region === stack.region);
    if (same.length === 1) continue;
    const ids = same.map(({ id }) => id).join(', ');
    throw new LocalError(
      `stacks of one Region must have different names, got '${stack.name}' for ${ids}; choose one with --stacks`,
    );
  }
}
