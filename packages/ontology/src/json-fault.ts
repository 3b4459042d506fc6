/**
 * Where a text stops being JSON: the offset of the first character that cannot continue it, or the length of the text when
 * it only ends too early. Engines differ in whether, and in what words, their error says so.
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
    token.lastIndex = at;
    const found = token.exec(text)?.[0];
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

const space = /[ \t\r\n]*/y;

const token =
  /[{}[\],:]|"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy;
