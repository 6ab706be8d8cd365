/**
 * Allowed values of a parameter: either all values that match a regular expression, or any text up
 * to a maximum length. The expression must match the whole value. It uses the syntax that WAF and
 * JavaScript share, and only characters that need no percent-encoding.
 */
export type ParameterFormDeclaration = { readonly regex: string } | { readonly maxLength: number };

/** Forms by parameter name. */
export type ParameterForms = Readonly<Record<string, ParameterFormDeclaration>>;

/** A form in packed form: the expression as text, or the length as number. */
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

/** Makes a function that checks a decoded value. */
export function compileForm(form: ParameterFormDeclaration): (value: string) => boolean {
  if ('maxLength' in form) return (value) => value.length <= form.maxLength;
  const regex = new RegExp(`^(?:${form.regex})$`);
  return (value) => regex.test(value);
}

/**
 * Makes a regular expression that matches exactly the integers of a range, in decimal notation and
 * without leading zeros.
 * @param min at least 0
 * @param max at least `min`
 */
export function integerRegex(min: number, max: number): string {
  let from = min;
  return endsOfRuns(min, max)
    .map((to) => {
      const part = runRegex(String(from), String(to));
      from = to + 1;
      return part;
    })
    .join('|');
}

/**
 * Splits a range into runs, and returns the last number of each run. One expression matches all
 * numbers of a run. It consists of common leading digits, then one digit from a range, then
 * arbitrary digits.
 */
function endsOfRuns(min: number, max: number): number[] {
  const ends = new Set([max]);
  // Upwards from `min`, runs end at the next number that ends in 9, then in 99, and so on.
  for (let size = 10; min - (min % size) + size - 1 <= max; size *= 10) ends.add(min - (min % size) + size - 1);
  // Downwards from `max`, runs end just before a number that ends in 0, then in 00, and so on.
  for (let size = 10; max + 1 - ((max + 1) % size) > min; size *= 10) ends.add(max - ((max + 1) % size));
  return [...ends].sort((a, b) => a - b);
}

/** Makes the expression of one run, see `endsOfRuns`. */
function runRegex(from: string, to: string): string {
  let term = '';
  let arbitraryDigits = 0;
  for (const [i, low] of [...from].entries()) {
    const high = to.charAt(i);
    if (low === high) term += low;
    else if (low === '0' && high === '9') arbitraryDigits += 1;
    else term += `[${low}-${high}]`;
  }
  return term + (arbitraryDigits === 0 ? '' : arbitraryDigits === 1 ? '[0-9]' : `[0-9]{${arbitraryDigits}}`);
}
