/** JSON for people: indented, with lists of numbers on one line, and a line feed at its end. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  // A line feed after the bracket: no string of JSON has one, so that a path such as "[ 1 ]/x" stays as it is.
  const numbers = /\[\n\s+((?:[-+\d.e]+,\s+)*[-+\d.e]+)\s+\]/g;
  return `${text.replace(numbers, (_, list: string) => `[${list.replace(/\s+/g, " ")}]`)}\n`;
}
