import { child, findAll, items, parseXml, text } from '../../testing/xml';

const SOURCE = `<?xml version="1.0"?><A xmlns="urn:x"><Empty /><B><Items><C>1 &lt; 2 &amp; &#x41;&#66;</C><C>b</C></Items></B></A>`;

test('elements, lists and entities are read', () => {
  const root = parseXml(SOURCE);
  expect(root.name).toBe('A');
  expect(items(root, 'B', 'Items').map((node) => node.text)).toEqual(['1 < 2 & AB', 'b']);
  expect(findAll(root, 'C')).toHaveLength(2);
  expect(child(root, 'Empty')?.children).toEqual([]);
  expect(text(root, 'None', 'C')).toBe('');
});

test.each(['<A><B></A>', '<A>', ''])('fails when %j does not nest', (source) => {
  expect(() => parseXml(source)).toThrow(/XML/);
});
