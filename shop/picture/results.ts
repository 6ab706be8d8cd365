import type { Row } from '../reconcile';
import { at, LEFT, short, WIDTH } from './svg';

const TILES = { top: 334, height: 58, gap: 12 } as const;
/** Percent of the loop at which the first result is shown, and between two results. */
const FIRST_TILE = 77;
const TILE_STEP = 1.3;
/** Rows of the comparison that the picture shows, with their labels and units. */
const RESULTS: readonly (readonly [row: RegExp, label: string, unit: string])[] = [
  [/^sales stored$/, 'sales', ''],
  [/^refunds stored$/, 'refunds', ''],
  [/^lines$/, 'lines', ''],
  [/^invoice documents$/, 'invoices', ''],
  [/^mails$/, 'mails', ''],
  [/^net, GBP$/, 'sold, net', '£'],
  [/^moved by the partner, GBP$/, 'paid, net', '£'],
];

/**
 * Draws the comparison of stores and file: a tile for each row. The tiles appear one after another.
 */
export function results(rows: readonly Row[]): string {
  const shown = resultsOf(rows);
  const width = (WIDTH - 2 * LEFT - (shown.length - 1) * TILES.gap) / shown.length;
  const tiles = shown.map(({ label, text, expected, ok }, i) => {
    const x = LEFT + i * (width + TILES.gap);
    const from = FIRST_TILE + i * TILE_STEP;
    const frames = `@keyframes r${i}{0%,${at(from)}{opacity:0}${at(from + 1.2)},to{opacity:1}}`;
    const { top } = TILES;
    return (
      `<style>${frames}</style><rect class="box" x="${short(x)}" y="${top}" width="${short(width)}" height="${TILES.height}" rx="8"/>` +
      `<text class="small" x="${short(x + 10)}" y="${top + 18}">${label}</text>` +
      `<g style="animation-name:r${i}"><text class="${ok ? 'good' : 'bad'}" x="${short(x + width - 10)}" y="${top + 19}">${ok ? '✓' : '✗'}</text>` +
      `<text class="value" x="${short(x + 10)}" y="${top + 37}">${text}</text>` +
      `<text class="small" x="${short(x + 10)}" y="${top + 51}">file: ${expected}</text></g>`
    );
  });
  return `<text class="small" x="${LEFT}" y="${TILES.top - 10}">Stores, compared with the file by a program of its own</text>${tiles.join('')}`;
}

/** The rows that the picture shows. */
export function resultsOf(rows: readonly Row[]) {
  return RESULTS.flatMap(([pattern, label, unit]) => {
    const row = rows.find(({ what }) => pattern.test(what));
    return row === undefined ? [] : [{ label, text: unit + row.got, expected: unit + row.expected, ok: row.ok }];
  });
}
