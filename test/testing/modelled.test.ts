import { ANY, checkModelled, jsonOf, type Shape } from '../../testing/modelled';
import { parseXml } from '../../testing/xml';

const SHAPE: Shape = { Name: ANY, Kind: ['a', 'b'], Inner: { Size: ANY } };
const check = (value: Parameters<typeof checkModelled>[0]) => () => checkModelled(value, SHAPE, 'thing');

test.each([
  [{ Name: 'x', Kind: 'a', Inner: { Size: 3 } }],
  [[{ Kind: 'a' }, { Kind: 'b' }]],
  [{ Unknown: '', Other: 'none', Off: false, List: [], Zero: '0', Nested: { Quantity: '0', Enabled: 'false' } }],
])('accepts %j', (value) => {
  expect(check(value)).not.toThrow();
});

test.each([
  [{ Unknown: 'x' }, 'thing: the simulator does not model Unknown'],
  [{ Inner: { Depth: 1 } }, 'thing.Inner: the simulator does not model Depth'],
  [{ Kind: 'c' }, "thing.Kind: the simulator does not model the value 'c'; it models 'a', 'b'"],
  [[{ Kind: 'a' }, { Kind: 'c' }], "the value 'c'"],
  [{ Captcha: {} }, 'does not model Captcha'],
  [{ Nested: { Quantity: '0', Items: { Item: 'x' } } }, 'does not model Nested'],
  [{ Inner: 'x' }, "thing.Inner: the simulator does not model the value 'x'"],
  [{ constructor: 'x' }, 'does not model constructor'],
])('refuses %j', (value, message) => {
  expect(check(value)).toThrow(message);
});

test('XML becomes JSON: texts, objects, and lists of elements of one name', () => {
  const xml = '<A><Name> x </Name><Items><I>1</I><I>2</I><I>3</I></Items><Empty/></A>';
  expect(jsonOf(parseXml(xml))).toEqual({ Name: 'x', Items: { I: ['1', '2', '3'] }, Empty: '' });
});
