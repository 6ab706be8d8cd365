/** Headers of a stored mail. */
export interface MailHeaders {
  readonly to: string;
  readonly subject: string;
}

/**
 * Parses the headers of a mail (RFC 5322). If a header is missing or occurs twice, its value is
 * empty.
 */
export function headersOf(message: string): MailHeaders {
  const [head = ''] = message.split('\r\n\r\n');
  // A line that starts with white space continues the previous header.
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const header = (name: string): string => {
    const found = lines.filter((line) => line.toLowerCase().startsWith(`${name}:`));
    return found.length === 1 ? found[0]!.slice(name.length + 1).trim() : '';
  };
  return { to: header('to'), subject: header('subject') };
}
