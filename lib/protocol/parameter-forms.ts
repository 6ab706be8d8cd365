/**
 * Form of a parameter's value: a regular expression for the whole of it, in the subset that WAF and
 * JavaScript share and
 * for characters that need no percent-encoding; or a maximum length of any text.
 */
export type ParameterFormDeclaration = { readonly regex: string } | { readonly maxLength: number };

/** Forms by the parameter's name. */
export type ParameterForms = Readonly<Record<string, ParameterFormDeclaration>>;

/** A form as it is packed: the expression, or the length. */
export type PackedForm = string | number;

export function packForms(forms: ParameterForms): Record<string, PackedForm> {
  return Object.fromEntries(
    Object.entries(forms).map(([name, form]) => [name, 'regex' in form ? form.regex : form.maxLength]),
  );
}

export function unpackForms(packed: Readonly<Record<string, PackedForm>>): ParameterForms {
  return Object.fromEntries(
    Object.entries(packed).map(([name, form]) => [
      name,
      typeof form === 'string' ? { regex: form } : { maxLength: form },
    ]),
  );
}

/** A check of decoded values. */
export function compileForm(form: ParameterFormDeclaration): (value: string) => boolean {
  if ('maxLength' in form) return (value) => value.length <= form.maxLength;
  const regex = new RegExp(`^(?:${form.regex})$`);
  return (value) => regex.test(value);
}

/**
 * A regular expression for the decimal spelling of each whole number of a range, without leading
 * zeros.
 * @param min from 0
 * @param max from `min`
 */
export function integerRegex(min: number, max: number): string {
  let from = min;
  return runEnds(min, max)
    .map((to) => {
      const part = run(String(from), String(to));
      from = to + 1;
      return part;
    })
    .join('|');
}

/**
 * Cuts a range where its numbers can no longer be spelled by leading digits, one range of digits,
 * and any digits.
 */
function runEnds(min: number, max: number): number[] {
  const ends = new Set([max]);
  // Upwards from `min` to its last number with 9 at the end, then 99, ...
  for (let size = 10; min - (min % size) + size - 1 <= max; size *= 10) ends.add(min - (min % size) + size - 1);
  // Downwards from `max` to the number before one with 0 at the end, then 00, ...
  for (let size = 10; max + 1 - ((max + 1) % size) > min; size *= 10) ends.add(max - ((max + 1) % size));
  return [...ends].sort((a, b) => a - b);
}

/** Spells the numbers of a run, which differ in one digit and in all digits behind it. */
function run(from: string, to: string): string {
  let term = '';
  let any = 0;
  for (const [i, low] of [...from].entries()) {
    const high = to.charAt(i);
    if (low === high) term += low;
    else if (low === '0' && high === '9') any += 1;
    else term += `[${low}-${high}]`;
  }
  return term + (any === 0 ? '' : any === 1 ? '[0-9]' : `[0-9]{${any}}`);
}
