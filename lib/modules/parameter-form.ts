import { Token } from 'aws-cdk-lib';
import { integerRegex, type ParameterFormDeclaration } from '../protocol';
import { BreakwaterError, shown } from '../validation';

/**
 * Maximum length of a form's regular expression. A regular expression of a web ACL may have 512
 * characters, and must contain all forms of a route's path or query.
 */
const MAX_REGEX_CHARACTERS = 200;

/** Maximum length of a text. Browsers and CloudFront accept URLs of about 8,000 characters. */
const MAX_TEXT_LENGTH = 4_096;

/** Characters that need no percent-encoding in a path or a query. */
const UNRESERVED = /^[A-Za-z0-9._~-]+$/;

/**
 * Syntax that can match only unreserved characters: literals, classes, non-capturing groups,
 * alternatives and quantifiers.
 */
const REGEX = /^(?:[A-Za-z0-9_~|-]|\[[A-Za-z0-9._~-]+\]|\(\?:|\)|\\[.d-]|[+*?]|\{\d{1,3}(?:,\d{0,3})?\})+$/;

/**
 * Allowed values of a path or query parameter. A request with another value is refused before the
 * handler is called. The web ACL checks the forms that are regular expressions. The module checks
 * every form. Each allowed value has only one spelling, because each spelling would be another
 * cache key: `integer(1, 25)` refuses `01` and `1e0`.
 *
 * ```ts
 * Route.get('/orders/{orderId}', {
 *   access: Access.PERSON,
 *   parameters: { orderId: ParameterForm.pattern('[0-9]{6}') },
 *   query: { page: ParameterForm.integer(1, 25), note: ParameterForm.text(100) },
 * });
 * ```
 */
export class ParameterForm {
  /**
   * Any text up to a length. Only the module checks the length.
   * @param maxLength maximum length of the decoded text in UTF-16 code units: 1 to 4096
   * @throws BreakwaterError if the length is outside of these limits
   */
  public static text(maxLength: number): ParameterForm {
    if (!Number.isInteger(maxLength) || maxLength < 1 || maxLength > MAX_TEXT_LENGTH) {
      throw new BreakwaterError(
        `ParameterForm.text: maxLength must be a whole number from 1 to ${MAX_TEXT_LENGTH}, got ${maxLength}`,
      );
    }
    return new ParameterForm({ maxLength });
  }

  /**
   * A whole number in decimal notation, without a sign and without leading zeros.
   * @param min minimum value, at least 0
   * @param max maximum value, from `min` to 2^53 - 1
   * @throws BreakwaterError if the range is outside of these limits
   */
  public static integer(min: number, max: number): ParameterForm {
    if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || min < 0 || max < min) {
      throw new BreakwaterError(
        `ParameterForm.integer: must be whole numbers, 0 <= min <= max <= 2^53 - 1, got ${min} and ${max}`,
      );
    }
    return ParameterForm.matching('integer', integerRegex(min, max));
  }

  /**
   * One of several values.
   * @param values at least one value; each consists of letters, digits and `-._~`
   * @throws BreakwaterError if there is no value, or if a value has another character
   */
  public static oneOf(...values: string[]): ParameterForm {
    const wrong = values.findIndex(
      (value) => typeof value !== 'string' || Token.isUnresolved(value) || !UNRESERVED.test(value),
    );
    if (values.length === 0 || wrong >= 0) {
      throw new BreakwaterError(
        `ParameterForm.oneOf: must be values of letters, digits and '-._~', got ${wrong < 0 ? 'none' : shown(values[wrong])}`,
      );
    }
    return ParameterForm.matching('oneOf', values.map((value) => value.replace(/[.]/g, '\\.')).join('|'));
  }

  /**
   * Text that a regular expression matches as a whole. The expression may contain letters, digits
   * and `-_~`, `\\.`, `\\d`, classes such as `[A-Z0-9]`, groups `(?:...)`, `|` and quantifiers.
   * Matching values need no percent-encoding, so the edge can check them without decoding.
   * @param regex at most 200 characters, without anchors
   * @throws BreakwaterError if the expression has any other character, or isn't valid
   */
  public static pattern(regex: string): ParameterForm {
    if (typeof regex !== 'string' || Token.isUnresolved(regex) || !REGEX.test(regex)) {
      throw new BreakwaterError(
        `ParameterForm.pattern: must be an expression of letters, digits, '-_~', \\., \\d, classes like [A-Z0-9], (?:...), | and quantifiers, without ^ and $ because it matches the whole value, got '${regex}'`,
      );
    }
    try {
      new RegExp(regex);
    } catch (error) {
      throw new BreakwaterError(`ParameterForm.pattern: must be a regular expression: ${(error as Error).message}`);
    }
    return ParameterForm.matching('pattern', regex);
  }

  private static matching(from: string, regex: string): ParameterForm {
    if (regex.length > MAX_REGEX_CHARACTERS) {
      throw new BreakwaterError(
        `ParameterForm.${from}: must fit into a regular expression of ${MAX_REGEX_CHARACTERS} characters, got ${regex.length}`,
      );
    }
    return new ParameterForm({ regex });
  }

  private constructor(private readonly declaration: ParameterFormDeclaration) {}

  /**
   * The form as data for functions and the edge.
   * @internal
   */
  public _declaration(): ParameterFormDeclaration {
    return this.declaration;
  }
}
