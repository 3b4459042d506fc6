/** Longer names are cut in messages: a damaged file can hold a megabyte where a name should be. */
const LONGEST = 100;

/** A piece of somebody's file for an error message: in double quotes, cut when long, never more than one line. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text);
}

/** A few of many names, and how many more there are. */
export function someOf(names: readonly string[], shown = 5): string {
  const rest = names.length - shown;
  return names.slice(0, shown).map(quoted).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
