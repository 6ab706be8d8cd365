/** Rules of plain words that can be counted, for docs pages and comments. */

/** Words a sentence of a page may have on average. */
export const MAX_AVERAGE_WORDS = 18;
/** Columns of a comment. */
export const MAX_COLUMNS = 100;
/** Sentences that begin so don't name their subject. Questions may. */
const NO_SUBJECT = /^(What|Whoever|Whatever|One that|One who)\b/;
/** Words that have a standard term instead, which the docs use. */
const OLD_WORDS: readonly RegExp[] = [
  /\b(?:embedded|local) cloud\b/i,
  /\bstand-?ins?\b/i,
  /\b(?:the|a|each|every|this|that|its|shop's) tills?\b/i,
  /\b(?:rooms?|doors?|fences?|lanes?|crews?|crowds?|untidy|hopeless|patience)\b/i,
  /\b(?:parks|parked|parking)\b/i,
  /\b(?:a|the|of|day's) trade\b(?!-)/i,
  /(?<![-/])\bsurges?\b/i,
  /\breactive (?:kind|part|scaling)\b/i,
  /\bexecutions at once\b/i,
  /\bcold requests?\b/i,
  /\bin doubt\b/i,
  /\btold\b/i,
];

/** The prose of a Markdown page: no code, tables, headings, links' targets or comments. List items end a sentence. */
export function proseOf(markdown: string): string {
  return markdown
    .replace(/^```[\s\S]*?^```$/gm, '\n\n')
    .replace(/<!--[\s\S]*?-->/g, '')
    .split('\n')
    .filter((line) => !/^\s*\||^#|^!\[/.test(line))
    .map((line) => (/^\s*([-*]|\d+\.)\s/.test(line) ? `\n\n${line.replace(/^\s*([-*]|\d+\.)\s/, '')}` : line))
    .join('\n')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/`([^`]*)`/g, (_, code: string) => code.replace(/\s+/g, '_').replace(/[.?!:]/g, ''))
    .replace(/\*\*|__/g, '');
}

/** The lines of a Markdown page with its tables and headings, but without code and links' targets. */
export function linesOf(markdown: string): string[] {
  return markdown
    .replace(/^```[\s\S]*?^```$/gm, '')
    .replace(/`[^`]*`/g, 'code')
    .replace(/\]\([^)]*\)/g, ']')
    .split('\n');
}

/** Sentences of a text. They end at `.`, `?`, `!`, `:` before a line's end, or at an empty line. */
export function sentencesOf(text: string): string[] {
  return text
    .split(/\n\s*\n/)
    .flatMap((paragraph) => paragraph.replace(/\s+/g, ' ').split(/(?<=[.?!])\s+(?=["'(]?[A-Z0-9`])/))
    .map((sentence) => sentence.trim())
    .filter((sentence) => /[A-Za-z]{2}/.test(sentence));
}

export function averageWords(sentences: readonly string[]): number {
  const words = sentences.map((sentence) => sentence.split(/\s+/).filter((word) => /[A-Za-z0-9]/.test(word)).length);
  return words.reduce((sum, count) => sum + count, 0) / Math.max(1, words.length);
}

/** Sentences that don't name their subject. */
export function withoutSubject(sentences: readonly string[]): string[] {
  return sentences.filter((sentence) => NO_SUBJECT.test(sentence) && !sentence.endsWith('?'));
}

/** Texts with an old word. */
export function withOldWords(texts: readonly string[]): string[] {
  return texts.filter((text) => OLD_WORDS.some((word) => word.test(text)));
}

export interface Comment {
  /** Line, counted from 1. */
  readonly line: number;
  /** The source lines of the comment. */
  readonly lines: readonly string[];
  /** Its text without markers. */
  readonly text: string;
}

/** Comments that have lines of their own: `/** ... *\/` and `// ...`, neighbouring lines together. */
export function commentsOf(source: string): Comment[] {
  const comments: { line: number; lines: string[] }[] = [];
  let inBlock = false;
  let inLines = false;
  for (const [i, line] of source.split('\n').entries()) {
    const startsBlock: boolean = !inBlock && /^\s*\/\*/.test(line);
    const isLine: boolean = !inBlock && /^\s*\/\/ /.test(line);
    if (startsBlock || (isLine && !inLines)) comments.push({ line: i + 1, lines: [] });
    if (startsBlock || inBlock || isLine) comments.at(-1)?.lines.push(line);
    inLines = isLine;
    inBlock = (startsBlock || inBlock) && !line.includes('*/');
  }
  return comments.map(({ line, lines }) => ({ line, lines, text: textOf(lines) }));
}

function textOf(lines: readonly string[]): string {
  return lines
    .map((line) =>
      line
        .replace(/^\s*(\/\*\*?|\*\/|\*|\/\/)\s?/, '')
        .replace(/\*\/\s*$/, '')
        .replace(
          /^@(param|returns|throws|default|see|internal|example|jsii)\b( - )?(\s+`?[\w.]+`?(?= [a-z]))?/,
          '\n\n',
        ),
    )
    .join('\n')
    .replace(/^```[\s\S]*?^```$/gm, '')
    .replace(/`[^`]*`/g, 'code');
}
