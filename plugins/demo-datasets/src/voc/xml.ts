/** An element with its own text and its children, in the order of the file. */
export interface XmlElement {
  readonly name: string;
  /** Text directly inside, without the white space around it. */
  readonly text: string;
  readonly children: readonly XmlElement[];
  /** Line of its start tag, from 1. */
  readonly line: number;
}

export interface XmlProblem {
  readonly line: number;
  readonly message: string;
}

type Growing = {
  -readonly [K in keyof XmlElement]: XmlElement[K] extends readonly XmlElement[] ? Growing[] : XmlElement[K];
};

/**
 * Reads the element structure of an XML text: what annotation files are made of. Attributes, processing instructions and
 * document types are passed over; entities of the document are not expanded, so that none can blow the text up.
 *
 * Not a whole XML parser on purpose: one would be a dependency for files of thirty lines.
 *
 * @returns the root element, or what is wrong and where. Never both. O(length); deep nesting needs no stack.
 */
export function readXml(text: string): { readonly root: XmlElement } | { readonly problem: XmlProblem } {
  const open: Growing[] = [];
  let root: Growing | undefined;
  let line = 1;
  const fail = (message: string, at = line): { problem: XmlProblem } => ({ problem: { line: at, message } });

  for (const match of text.matchAll(TOKEN)) {
    const [token, cdata, slash, name, empty] = match;
    const parent = open.at(-1);
    if (name === undefined) {
      if (token === '<') return fail(`"${text.slice(match.index, match.index + 20).split('\n', 1)[0]}" begins no tag`);
      const content = cdata ?? (token.startsWith('<') ? '' : decode(token));
      if (parent) parent.text += content;
      else if (content.replace('\uFEFF', '').trim() !== '')
        return fail(`text "${content.trim().slice(0, 20)}" stands outside of the root element`);
    } else if (slash === '/') {
      if (parent?.name !== name)
        return fail(parent ? `</${name}> closes <${parent.name}> of line ${parent.line}` : `</${name}> closes nothing`);
      parent.text = parent.text.trim();
      open.pop();
    } else {
      const element: Growing = { name, text: '', children: [], line };
      if (parent) parent.children.push(element);
      else if (root) return fail(`<${name}> is a second root element`);
      else root = element;
      if (empty !== '/') open.push(element);
    }
    line += token.split('\n').length - 1;
  }
  const unclosed = open.at(-1);
  if (unclosed) return fail(`<${unclosed.name}> of line ${unclosed.line} is never closed`);
  return root ? { root } : fail('there is no element');
}

const TOKEN =
  /<!--[^]*?-->|<\?[^]*?\?>|<!DOCTYPE[^>]*>|<!\[CDATA\[([^]*?)\]\]>|<(\/?)([A-Za-z_][\w.:-]*)(?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(\/?)>|[^<]+|</g;

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

const decode = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = decimal === undefined ? parseInt(hex ?? '', 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
