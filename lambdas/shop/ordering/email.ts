/** Maximum characters of an address (RFC 5321). */
const MAX_EMAIL = 254;
/** Part of a dot-atom (RFC 5322): printable ASCII without spaces, quotes and brackets. */
const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const LOCAL_PART = new RegExp(`^(?=.{1,64}$)${ATOM}(?:\\.${ATOM})*$`);
/**
 * Label of a domain (RFC 1123): up to 63 letters, digits and hyphens, without a hyphen at either
 * end.
 */
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/**
 * Whether SES accepts a text as e-mail address: a dot-atom in ASCII, and a domain of at least two
 * labels. The length is checked first, so that no regular expression is run on a long text.
 */
export function isEmail(text: string): boolean {
  if (text.length > MAX_EMAIL) return false;
  const at = text.lastIndexOf('@');
  const labels = text.slice(at + 1).split('.');
  const [top = ''] = labels.slice(-1);
  return (
    at > 0 &&
    LOCAL_PART.test(text.slice(0, at)) &&
    labels.length >= 2 &&
    labels.every((label) => LABEL.test(label)) &&
    /[A-Za-z]/.test(top)
  );
}
