/**
 * Where a text stops being JSON: the offset of the first token that does not fit or is malformed, or the length of the text
 * when it only ends too early. Engines differ in whether, and in what words, their error says so.
 *
 * @example jsonFaultOffset('{ "a": [1, ] }') // 11
 */
export function jsonFaultOffset(text: string): number {
  const open: ("]" | "}")[] = [];
  let expected: "value" | "first value" | "key" | "first key" | "colon" | "next" = "value";
  let at = 0;
  for (;;) {
    space.lastIndex = at;
    at += space.exec(text)![0].length;
    const found = tokenAt(text, at);
    if (found === undefined) return at;
    if (expected === "next") {
      if (found === "," && open.length > 0) expected = open.at(-1) === "}" ? "key" : "value";
      else if (found !== open.pop()) return at;
    } else if (expected === "colon") {
      if (found !== ":") return at;
      expected = "value";
    } else if (expected === "key" || expected === "first key") {
      if (found.startsWith('"')) expected = "colon";
      else if (found === "}" && expected === "first key") {
        open.pop();
        expected = "next";
      } else return at;
    } else if (found === "{") {
      open.push("}");
      expected = "first key";
    } else if (found === "[") {
      open.push("]");
      expected = "first value";
    } else if (found === "]" && expected === "first value") {
      open.pop();
      expected = "next";
    } else if ("]},:".includes(found)) return at;
    else expected = "next";
    at += found.length;
  }
}

function tokenAt(text: string, at: number): string | undefined {
  if (text[at] === '"') return stringAt(text, at);
  token.lastIndex = at;
  return token.exec(text)?.[0];
}

/** A loop and not a regular expression, which would run out of stack on a string of some megabytes. */
function stringAt(text: string, start: number): string | undefined {
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') return text.slice(start, at + 1);
    if (character < " ") return undefined;
    if (character !== "\\") continue;
    escaped.lastIndex = at;
    const sequence = escaped.exec(text);
    if (sequence === null) return undefined;
    at += sequence[0].length - 1;
  }
  return undefined;
}

const space = /[ \t\r\n]*/y;
const token = /[{}[\],:]|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const escaped = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
