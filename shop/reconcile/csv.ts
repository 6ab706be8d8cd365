/**
 * Parses CSV according to RFC 4180. The header is the first record. The replay uses a CSV package
 * instead, so an error in one of the two parsers causes a difference.
 * @throws Error that names the record with a quote that doesn't close
 */
export function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < text.length) {
    const record: string[] = [];
    for (;;) {
      let field = '';
      if (text[at] === '"') {
        for (;;) {
          const end = text.indexOf('"', at + 1);
          if (end < 0) throw new Error(`CSV record ${records.length + 1} has a quote that doesn't close`);
          field += text.slice(at + 1, end);
          at = end + 1;
          if (text[at] !== '"') break;
          field += '"';
        }
      } else {
        const start = at;
        while (at < text.length && text[at] !== ',' && text[at] !== '\n' && text[at] !== '\r') at++;
        field = text.slice(start, at);
      }
      record.push(field);
      if (text[at] !== ',') break;
      at++;
    }
    if (text[at] === '\r' && text[at + 1] === '\n') at += 2;
    else if (text[at] === '\r' || text[at] === '\n') at++;
    else if (at < text.length) throw new Error(`CSV record ${records.length + 1} has text after a closing quote`);
    // A blank line isn't a record.
    if (record.length > 1 || record[0] !== '') records.push(record);
  }
  return records;
}
