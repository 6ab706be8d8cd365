import type { PDFDocument, PDFFont, PDFPage, RGB } from '@cantoo/pdf-lib';
import { formatMoney, money } from '../money';
import { customerLabel, type Order } from '../ordering';
import { instantOf } from '../ordering/instant';

/** A4 in points (1/72 inch). */
const PAGE = { width: 595.28, height: 841.89, margin: 48 } as const;
const ROW_HEIGHT = 14;
/** Horizontal positions of the columns. Numbers are aligned right, and texts left. */
const COLUMN = { sku: 48, description: 118, quantity: 392, price: 468, amount: 547 } as const;
/**
 * Vertical positions in points from the bottom edge: first row of the first page, first row of
 * other pages, and last row of a page.
 */
const FIRST_ROW = 610;
const NEXT_ROW = 756;
const LAST_ROW = 96;

/** The document with its fonts and colours. */
interface Pen {
  readonly document: PDFDocument;
  readonly regular: PDFFont;
  readonly bold: PDFFont;
  readonly rgb: (red: number, green: number, blue: number) => RGB;
}

/**
 * Makes the invoice of an order, or the credit note of a refund, as a PDF. The same order always
 * gives the same bytes, because the document's creation time is the order's time.
 */
export async function invoicePdf(order: Order): Promise<Uint8Array> {
  // The PDF library has 400 KB, so it is loaded only by the first invoice.
  const { PDFDocument, StandardFonts, rgb } = await import('@cantoo/pdf-lib');
  const document = await PDFDocument.create({ updateMetadata: false });
  const pen: Pen = {
    document,
    regular: await document.embedFont(StandardFonts.Helvetica),
    bold: await document.embedFont(StandardFonts.HelveticaBold),
    rgb,
  };
  const title = `${order.kind === 'refund' ? 'Credit note' : 'Invoice'} ${order.orderId}`;
  const placed = new Date(instantOf(order.placedAt));
  document.setTitle(title);
  document.setAuthor('Breakwater Shop');
  document.setProducer('Breakwater Shop');
  document.setCreationDate(placed);
  document.setModificationDate(placed);

  let page = addPage(pen);
  drawHead(pen, page, order, title);
  let y = drawColumns(pen, page, FIRST_ROW);
  for (const line of order.lines) {
    if (y < LAST_ROW) {
      page = addPage(pen);
      text(pen, page, title, PAGE.margin, PAGE.height - PAGE.margin, { font: pen.bold, size: 10 });
      y = drawColumns(pen, page, NEXT_ROW);
    }
    text(pen, page, line.sku, COLUMN.sku, y);
    text(pen, page, fit(pen, line.description, 225), COLUMN.description, y);
    right(pen, page, String(line.quantity), COLUMN.quantity, y);
    right(pen, page, line.unitPrice, COLUMN.price, y);
    const amount = money(line.unitPrice) * BigInt(line.quantity);
    right(pen, page, formatMoney(order.kind === 'refund' ? -amount : amount), COLUMN.amount, y);
    y -= ROW_HEIGHT;
  }
  if (y < LAST_ROW + 2 * ROW_HEIGHT) {
    page = addPage(pen);
    y = NEXT_ROW;
  }
  drawTotals(pen, page, order, y);
  const pages = document.getPages();
  for (const [i, each] of pages.entries()) {
    text(pen, each, 'Breakwater Shop - a demonstration; no goods are sent.', PAGE.margin, 48, { size: 7 });
    right(pen, each, `Page ${i + 1} of ${pages.length}`, COLUMN.amount, 48, { size: 7 });
  }
  return document.save();
}

function addPage(pen: Pen): PDFPage {
  return pen.document.addPage([PAGE.width, PAGE.height]);
}

function drawHead(pen: Pen, page: PDFPage, order: Order, title: string): void {
  page.drawRectangle({ x: 0, y: PAGE.height - 84, width: PAGE.width, height: 84, color: pen.rgb(0.04, 0.2, 0.27) });
  const white = pen.rgb(1, 1, 1);
  text(pen, page, 'Breakwater Shop', PAGE.margin, PAGE.height - 52, { font: pen.bold, size: 20, color: white });
  text(pen, page, title, PAGE.margin, 712, { font: pen.bold, size: 16 });
  const facts = [
    ['Date', order.placedAt.slice(0, 16).replace('T', ' ')],
    ['Customer', customerLabel(order.customerId)],
    ['Country', order.country ?? '-'],
    ['Payment', order.payment?.reference ?? '-'],
  ];
  for (const [i, [name, value]] of facts.entries()) {
    text(pen, page, name!, PAGE.margin, 688 - i * ROW_HEIGHT, { font: pen.bold });
    text(pen, page, value!, COLUMN.description, 688 - i * ROW_HEIGHT);
  }
}

/** @returns vertical position of the first row */
function drawColumns(pen: Pen, page: PDFPage, y: number): number {
  const style = { font: pen.bold, size: 8 };
  text(pen, page, 'Code', COLUMN.sku, y, style);
  text(pen, page, 'Description', COLUMN.description, y, style);
  right(pen, page, 'Quantity', COLUMN.quantity, y, style);
  right(pen, page, 'Price', COLUMN.price, y, style);
  right(pen, page, 'Amount', COLUMN.amount, y, style);
  rule(pen, page, y - 5);
  return y - ROW_HEIGHT - 4;
}

function drawTotals(pen: Pen, page: PDFPage, order: Order, y: number): void {
  rule(pen, page, y + ROW_HEIGHT - 5);
  const label = order.kind === 'refund' ? 'Paid back' : 'Paid';
  const style = { font: pen.bold, size: 10 };
  text(pen, page, label, COLUMN.description, y - 6, style);
  right(pen, page, `${order.currency} ${order.total}`, COLUMN.amount, y - 6, style);
}

interface TextStyle {
  readonly font?: PDFFont;
  readonly size?: number;
  readonly color?: RGB;
}

function text(pen: Pen, page: PDFPage, value: string, x: number, y: number, style: TextStyle = {}): void {
  const { font = pen.regular, size = 9, color = pen.rgb(0.12, 0.16, 0.2) } = style;
  page.drawText(printable(value), { x, y, font, size, color });
}

function right(pen: Pen, page: PDFPage, value: string, edge: number, y: number, style: TextStyle = {}): void {
  const width = (style.font ?? pen.regular).widthOfTextAtSize(printable(value), style.size ?? 9);
  text(pen, page, value, edge - width, y, style);
}

function rule(pen: Pen, page: PDFPage, y: number): void {
  const color = pen.rgb(0.7, 0.76, 0.8);
  page.drawLine({ start: { x: PAGE.margin, y }, end: { x: COLUMN.amount, y }, thickness: 0.6, color });
}

/** Replaces each character that the built-in fonts (Windows-1252) don't have by a question mark. */
function printable(value: string): string {
  return value.normalize('NFC').replace(/[^\x20-\x7e\u00a1-\u00ff\u20ac]/gu, '?');
}

/** Shortens a text to a width in points. */
function fit(pen: Pen, value: string, width: number): string {
  let cut = printable(value);
  while (pen.regular.widthOfTextAtSize(cut, 9) > width) cut = `${cut.slice(0, -4)}...`;
  return cut;
}
