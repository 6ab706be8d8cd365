/** The construct that combines all others. It is listed first. */
const FIRST = 'Breakwater';

interface Entry {
  readonly name: string;
  readonly id: string;
  readonly text: string;
}

/**
 * Adds a contents list to jsii-docgen's reference, and moves `Breakwater` before the other
 * constructs, which jsii-docgen sorts by name. The text of the entries isn't changed.
 */
export function withContents(reference: string): string {
  const [title = '', ...sections] = reference.split(/^(?=## )/m);
  const ordered = sections.map(orderedSection);
  const contents = ordered.flatMap(({ heading, entries }) => [
    `- ${heading}: ${entries.map(({ name, id }) => `[${name}](#${id})`).join(', ')}`,
  ]);
  return [
    title,
    '## Contents\n\n',
    `${contents.join('\n')}\n\n`,
    ...ordered.flatMap(({ head, entries }) => [head, ...entries.map(({ text }) => text)]),
  ].join('');
}

function orderedSection(section: string): { heading: string; head: string; entries: Entry[] } {
  const [head = '', ...parts] = section.split(/^(?=### )/m);
  const entries = parts.map((text) => {
    const [, name = '', id = ''] = /^### (\S+) <a name="[^"]*" id="([^"]*)">/.exec(text) ?? [];
    return { name, id, text };
  });
  const heading = /^## (\S+)/.exec(head)?.[1] ?? '';
  const rank = ({ name }: Entry) => (name === FIRST ? 0 : 1);
  return { heading, head, entries: entries.sort((a, b) => rank(a) - rank(b)) };
}
