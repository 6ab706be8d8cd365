import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  averageWords,
  commentsOf,
  linesOf,
  MAX_AVERAGE_WORDS,
  MAX_COLUMNS,
  proseOf,
  sentencesOf,
  withOldWords,
  withoutSubject,
} from './words';

const root = resolve(__dirname, '..', '..');
const SOURCES = [
  'lib',
  'lambdas',
  'forecast',
  'local',
  'shop',
  'testing',
  'cli',
  'bin',
  'scripts',
  'examples',
  'bench',
];

function filesIn(folder: string, suffix: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && suffix.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

const pages = ['README.md', 'CONTRIBUTING.md', ...filesIn('docs', /\.md$/)];

test.each(pages)('%s has short sentences, and each names its subject', (page) => {
  const sentences = sentencesOf(proseOf(readFileSync(join(root, page), 'utf8')));
  expect(withoutSubject(sentences)).toEqual([]);
  expect(averageWords(sentences)).toBeLessThanOrEqual(MAX_AVERAGE_WORDS);
});

test.each([...pages, 'CHANGELOG.md'])('%s uses standard terms', (page) => {
  const lines = linesOf(readFileSync(join(root, page), 'utf8'));
  // A row of the table of renamed names quotes the old name.
  const ownWords = page === 'CHANGELOG.md' ? lines.filter((line) => !line.startsWith('|')) : lines;
  expect(withOldWords(ownWords)).toEqual([]);
});

test.each(SOURCES)(
  'comments in %s/ name their subject, use standard terms and are at most 100 columns wide',
  (folder) => {
    const files = filesIn(folder, /\.(m?ts|mjs)$/);
    const found = files.flatMap((file) =>
      commentsOf(readFileSync(join(root, file), 'utf8')).flatMap(({ line, lines, text }) => [
        ...[...withoutSubject(sentencesOf(text)), ...withOldWords(sentencesOf(text))].map(
          (sentence) => `${file}:${line}: ${sentence}`,
        ),
        ...lines.flatMap((content, i) =>
          content.length > MAX_COLUMNS && !/https?:\/\//.test(content)
            ? [`${file}:${line + i}: ${content.length} columns`]
            : [],
        ),
      ]),
    );
    expect(found).toEqual([]);
  },
);

test('the rules count and match as intended', () => {
  const page =
    '# Title\n\nOne two three. Four `code. with dots` six\n\n- what is listed\n\n```ts\nWhat code says.\n```\n| What | is |\n';
  expect(sentencesOf(proseOf(page)).map((sentence) => sentence.split(' ').length)).toEqual([3, 3, 3]);
  expect(withoutSubject(['What comes goes.', 'What comes?', 'Whoever asks gets it.', 'A message'])).toHaveLength(2);
  expect(withOldWords(['A crowd comes.', 'Nothing is told.', 'The morning-surge example.', 'A peak.'])).toHaveLength(2);
  const [first, second] = commentsOf('/** What it is.\n * More. */\nconst a = 1; // after\n// One that\n// is here\n');
  expect(withoutSubject(sentencesOf(first?.text ?? ''))).toEqual(['What it is.']);
  expect(second).toMatchObject({ line: 4, text: 'One that\nis here' });
});
