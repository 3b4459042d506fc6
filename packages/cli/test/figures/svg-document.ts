/** An element of a parsed document. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: (XmlElement | string)[];
}

const TAG = /<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/y;
const TEXT = /[^<]+/y;
const REFERENCE = /&(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);/gi;
const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/**
 * Parses a document of elements, attributes in double quotes and text, as strictly as XML asks for; comments, instructions and
 * CDATA are none of it.
 * @throws {Error} where the document is not well-formed
 */
export function parseSvg(document: string): XmlElement {
  const top: XmlElement = { name: "", attributes: {}, children: [] };
  const open = [top];
  let at = 0;
  while (at < document.length) {
    const here = open.at(-1)!;
    TAG.lastIndex = TEXT.lastIndex = at;
    const text = TEXT.exec(document);
    if (text !== null) {
      here.children.push(unescaped(text[0]));
      at = TEXT.lastIndex;
      continue;
    }
    const tag = TAG.exec(document);
    if (tag === null) throw new Error(`not well-formed at ${at}: ${document.slice(at, at + 80)}`);
    const [, closing, name, attributes, empty] = tag;
    at = TAG.lastIndex;
    if (closing === "/") {
      if (here.name !== name) throw new Error(`</${name}> ends <${here.name}> at ${at}`);
      open.pop();
      continue;
    }
    const element = { name: name!, attributes: parseAttributes(attributes!), children: [] };
    here.children.push(element);
    if (empty !== "/") open.push(element);
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)!.name}> does not end`);
  const roots = top.children.filter((child) => typeof child !== "string" || child.trim() !== "");
  if (roots.length !== 1 || typeof roots[0] === "string") throw new Error("a document has one root");
  return roots[0]!;
}

function parseAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(/([\w:-]+)="([^"]*)"/g)) {
    if (Object.hasOwn(attributes, name!)) throw new Error(`two attributes ${name}`);
    attributes[name!] = unescaped(value!);
  }
  return attributes;
}

function unescaped(text: string): string {
  const rest = text.replace(REFERENCE, "");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no place for them
  if (/[&\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(rest)) throw new Error(`not well-formed: ${text}`);
  return text.replace(REFERENCE, (reference) => {
    const name = reference.slice(1, -1);
    if (!name.startsWith("#")) return NAMED[name]!;
    return String.fromCodePoint(name.startsWith("#x") ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1)));
  });
}

/** Every element at or below one, itself first. */
export function elements(root: XmlElement): XmlElement[] {
  return [root, ...root.children.flatMap((child) => (typeof child === "string" ? [] : elements(child)))];
}

/** The texts that are drawn, in the order of the document. */
export const drawnTexts = (root: XmlElement): string[] =>
  elements(root)
    .filter(({ name }) => name === "text")
    .map(({ children }) => children.filter((child) => typeof child === "string").join(""));

/** The marks of a kind, such as "mark-rect", that stand for data: not those of axes and legends. */
export const marksOf = (root: XmlElement, kind: string): XmlElement[] =>
  elements(root)
    .filter(({ attributes }) => attributes.class?.startsWith(`${kind} role-mark`))
    .flatMap(({ children }) => children.filter((child) => typeof child !== "string"));
