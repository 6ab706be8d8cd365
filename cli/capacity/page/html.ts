import { safe } from '../plots/svg';

export { safe };

/** Content of a cell: text, or HTML with an optional CSS class (`kind`). */
export type Cell = string | { readonly html: string; readonly kind?: string };

/** A label for the origin of a figure. */
export function tag(basis: 'measured' | 'modelled' | 'simulated'): string {
  return `<span class="tag">${basis}</span>`;
}

/**
 * A table. Columns whose heads start with `#` hold numbers. Strings are escaped, `html` isn't.
 */
export function table(
  heads: readonly string[],
  rows: readonly { readonly kind?: string; readonly cells: readonly Cell[] }[],
): string {
  const numeric = heads.map((head) => head.startsWith('#'));
  const cell = (content: Cell, i: number) => {
    const { html, kind = '' } = typeof content === 'string' ? { html: safe(content) } : content;
    const classes = [numeric[i] ? 'n' : '', kind].filter(Boolean).join(' ');
    return `<td${classes ? ` class="${classes}"` : ''}>${html}</td>`;
  };
  const head = heads
    .map((name, i) => `<th${numeric[i] ? ' class="n"' : ''}>${safe(name.replace(/^#/, ''))}</th>`)
    .join('');
  const body = rows
    .map(({ kind, cells }) => `<tr${kind ? ` class="${kind}"` : ''}>${cells.map(cell).join('')}</tr>`)
    .join('\n');
  return `<div class="scroll" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}
