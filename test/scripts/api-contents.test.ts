import { withContents } from '../../scripts/api-contents';

const heading = (level: string, name: string) =>
  `${level} ${name} <a name="${name}" id="cdk.${name}"></a>\n\nabout ${name}\n\n`;
const REFERENCE = `# API Reference\n\n${heading('##', 'Constructs')}${heading('###', 'Alias')}${heading('###', 'Breakwater')}${heading('###', 'Table')}${heading('##', 'Structs')}${heading('###', 'Props')}`;

test('the reference gets a contents list, begins with Breakwater and loses nothing', () => {
  const text = withContents(REFERENCE);
  expect(text).toContain(
    '- Constructs: [Breakwater](#cdk.Breakwater), [Alias](#cdk.Alias), [Table](#cdk.Table)\n- Structs: [Props](#cdk.Props)',
  );
  const names = [...text.matchAll(/^### (\S+)/gm)].map(([, name]) => name);
  expect(names).toEqual(['Breakwater', 'Alias', 'Table', 'Props']);
  for (const line of REFERENCE.split('\n')) expect(text).toContain(line);
});
