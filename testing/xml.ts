/** An XML element of a service's answer. It has text or children. Attributes are ignored. */
export interface XmlNode {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlNode[];
}

const TOKEN = /<!\[CDATA\[([\s\S]*?)\]\]>|<[?!][\s\S]*?>|<\/([^>\s]+)\s*>|<([^>\s/]+)[^>]*?(\/)?>|([^<]+)/g;
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

interface OpenNode {
  name: string;
  text: string;
  children: OpenNode[];
}

/**
 * Parses XML. It ignores attributes, namespaces and document types, because answers of services
 * don't need them.
 * @returns the root element
 * @throws Error if elements aren't nested correctly
 */
export function parseXml(source: string): XmlNode {
  const root: OpenNode = { name: '', text: '', children: [] };
  const open = [root];
  for (const [, cdata, closed, opened, empty, text] of source.matchAll(TOKEN)) {
    const top = open.at(-1)!;
    if (cdata !== undefined) top.text += cdata;
    else if (text !== undefined) top.text += decode(text);
    else if (opened !== undefined) {
      const node = { name: opened, text: '', children: [] };
      top.children.push(node);
      if (empty === undefined) open.push(node);
    } else if (closed !== undefined) {
      if (open.length === 1 || top.name !== closed)
        throw new Error(`XML closes '${closed}' where '${top.name}' is open`);
      open.pop();
    }
  }
  const [first] = root.children;
  if (open.length !== 1 || first === undefined) throw new Error('XML ends too early');
  return first;
}

function decode(text: string): string {
  return text.replace(/&(#x[0-9a-fA-F]+|#\d+|\w+);/g, (whole, entity: string) => {
    if (entity.startsWith('#x')) return String.fromCodePoint(Number.parseInt(entity.slice(2), 16));
    if (entity.startsWith('#')) return String.fromCodePoint(Number(entity.slice(1)));
    return ENTITIES[entity] ?? whole;
  });
}

/** Returns the first element at a path of names below a node. */
export function child(node: XmlNode | undefined, ...path: string[]): XmlNode | undefined {
  return path.reduce<XmlNode | undefined>((at, name) => at?.children.find((c) => c.name === name), node);
}

/** Returns the text at a path below a node, or ''. */
export function text(node: XmlNode | undefined, ...path: string[]): string {
  return child(node, ...path)?.text.trim() ?? '';
}

/** Returns the children of the element at a path below a node, such as the entries of `Items`. */
export function items(node: XmlNode | undefined, ...path: string[]): readonly XmlNode[] {
  return child(node, ...path)?.children ?? [];
}

/** Returns all elements with a name, at any depth. */
export function findAll(node: XmlNode, name: string): XmlNode[] {
  return node.children.flatMap((c) => (c.name === name ? [c, ...findAll(c, name)] : findAll(c, name)));
}
