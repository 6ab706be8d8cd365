import type { Issue } from '../../runtime';

/** What is wrong with a part of a request, and where: as the runtime says it. */
export type { Issue };

/** What was got, short enough to be sent back. */
export function render(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether a value is a text of whole characters: half of one can't be stored as UTF-8, and would come back as another. */
export const isText = (value: unknown): value is string => typeof value === 'string' && !LONE_SURROGATE.test(value);

/** The object that a value is, if it is one. */
export function asRecord(body: unknown): Record<string, unknown> | undefined {
  return typeof body === 'object' && body !== null && !Array.isArray(body)
    ? (body as Record<string, unknown>)
    : undefined;
}

/** The fault of a value that should have been an object. */
export const noObject = (path: string, got: unknown): Issue => ({
  path,
  message: 'must be an object',
  got: render(got),
});

/** Collects faults as it looks at one object. */
export class Reader {
  public readonly issues: Issue[] = [];

  public constructor(
    private readonly source: Record<string, unknown>,
    private readonly prefix = '',
  ) {}

  /** Refuses every field that isn't listed: a price sent along must not look accepted. */
  public only(fields: readonly string[], why: string): void {
    for (const field of Object.keys(this.source)) {
      if (!fields.includes(field)) this.fault(field, `isn't taken ${why}`, this.source[field]);
    }
  }

  public check(field: string, message: string, passes: (value: unknown) => boolean): void {
    const value = this.source[field];
    if (!passes(value)) this.fault(field, message, value);
  }

  private fault(field: string, message: string, got: unknown): void {
    this.issues.push({ path: `${this.prefix}${field}`, message, got: render(got) });
  }
}
