/** Where two values of JSON differ. */
export interface Difference {
  /** Such as `checkpoint` or `embedding.lengthPolicy`. */
  readonly place: string;
  /** What the first has there, as text. */
  readonly first: string;
  readonly second: string;
}

/** The first field in which two objects differ; undefined when they are equal. The order of keys does not count. */
export function firstDifference(first: object, second: object, place = ""): Difference | undefined {
  const [a, b] = [first as Record<string, unknown>, second as Record<string, unknown>];
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (a[key] === b[key]) continue;
    const at = place === "" ? key : Array.isArray(first) ? `${place}[${key}]` : `${place}.${key}`;
    if (!isObject(a[key]) || !isObject(b[key])) return { place: at, first: inWords(a[key]), second: inWords(b[key]) };
    const found = firstDifference(a[key], b[key], at);
    if (found !== undefined) return found;
  }
  return undefined;
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

function inWords(value: unknown): string {
  if (value === undefined) return "none";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}
