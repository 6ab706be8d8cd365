import type { IConstruct } from 'constructs';
import { invalid } from './breakwater-error';
import {
  type ClassLike,
  requireBoolean,
  requireEnum,
  requireInstance,
  requireKnownProps,
  requireList,
  requireMember,
  requireObject,
  requireTexts,
  shown,
} from './checks';

/** Fails unless a value has the type `V`, as far as JavaScript can know it. */
export interface PropCheck<V> {
  (scope: IConstruct, prop: string, value: unknown): void;
  /** Never set. The compiler uses it to compare the check with the type of its prop. */
  readonly type?: V;
}

/**
 * A check for each prop of `P`. A table doesn't compile if a prop has no check, or a check of
 * another type.
 */
export type PropChecks<P> = { readonly [K in keyof P]-?: PropCheck<NonNullable<P[K]>> };

/** The checks from which tables of props are made. */
export const mustBe = {
  /** Checks nothing, because the construct itself checks the prop with its limits. */
  checkedLater: (() => undefined) as PropCheck<never>,
  text: ofType<string>('string', 'a text'),
  number: ofType<number>('number', 'a number'),
  flag: requireBoolean as PropCheck<boolean>,
  /** An object whose members are checked later, or by the CDK. */
  anObject: ((scope, prop, value) => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
    throw invalid(scope, prop, `must be an object, got ${shown(value)}`);
  }) as PropCheck<never>,
  /** An object that maps names to texts. */
  texts: requireTexts as PropCheck<{ [name: string]: string }>,
  instance: <T>(type: ClassLike & { readonly prototype: T }, uses: string): PropCheck<T> => {
    return (scope, prop, value) => requireInstance(scope, prop, value, type, uses);
  },
  /** An interface of the CDK. `member` is a member that all its implementations have. */
  object: <T>(name: string, member: keyof T & string): PropCheck<T> => {
    return (scope, prop, value) => requireMember(scope, prop, value, name, member);
  },
  oneOf: <T extends string>(name: string, values: Record<string, T>): PropCheck<T> => {
    return (scope, prop, value) => requireEnum(scope, prop, value, name, values);
  },
  listOf: <T>(check: PropCheck<T>): PropCheck<T[]> => {
    return (scope, prop, value) => {
      requireList(scope, prop, value);
      for (const [i, one] of (value as T[]).entries()) check(scope, `${prop}[${i}]`, one);
    };
  },
  /** An object with props of its own. */
  props: <P extends object>(checks: PropChecks<P>): PropCheck<P> => {
    return (scope, prop, value) => {
      requireKnownProps(`${scope.node.path}: ${prop}`, value as object, Object.keys(checks));
      checkTypes(scope, value as object, checks, `${prop}.`);
    };
  },
};

/**
 * Fails if props of a construct are unknown, for example misspelt, or if they have a wrong type.
 * TypeScript finds such mistakes itself, other callers get a clear error here. A subclass may have
 * props of its own, which it passes on with the others. So the names are checked only for `type`,
 * the library's own class.
 */
export function requireOwnProps<P extends object>(
  scope: IConstruct,
  type: object,
  props: P,
  checks: PropChecks<P>,
): void {
  if (scope.constructor === type) requireKnownProps(scope.node.path, props, Object.keys(checks));
  else requireObject(scope.node.path, props);
  checkTypes(scope, props, checks, '');
}

function checkTypes<P extends object>(scope: IConstruct, props: P, checks: PropChecks<P>, prefix: string): void {
  for (const [name, check] of Object.entries<PropCheck<unknown>>(checks)) {
    const value: unknown = props[name as keyof P];
    if (value !== undefined) check(scope, `${prefix}${name}`, value);
  }
}

function ofType<V>(type: 'string' | 'number', words: string): PropCheck<V> {
  return (scope, prop, value) => {
    if (typeof value !== type) throw invalid(scope, prop, `must be ${words}, got ${shown(value)}`);
  };
}
