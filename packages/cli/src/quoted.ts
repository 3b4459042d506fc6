/** Longer pieces of a file are cut in messages: a damaged file can hold a megabyte in one cell. */
const LONGEST = 60;

/** A piece of somebody's file for an error message: in double quotes, cut when long, and never more than one line. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text);
}
