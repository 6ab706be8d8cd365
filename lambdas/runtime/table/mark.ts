import { RESERVED_PREFIX } from '../../../lib/protocol';

/** An attribute that a write sets, if the item doesn't have it yet. */
export interface Mark {
  readonly attribute: string;
  readonly value: string;
}

const MARK = Symbol('mark');

/** Name of the attribute that marks a step of an item as done. */
export function markAttribute(step: string): string {
  return `${RESERVED_PREFIX}once_${step}`;
}

/** Options of an update, or an update of a transaction, that also sets a mark. */
export function withMark<Options extends object>(options: Options, mark: Mark): Options {
  return { ...options, [MARK]: mark };
}

/** The mark of `withMark`. */
export function markOf(options: object): Mark | undefined {
  return (options as { readonly [MARK]?: Mark })[MARK];
}
