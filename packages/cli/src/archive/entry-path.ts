import { quoted } from "../quoted.ts";
import { UnsafeArchiveError } from "./errors.ts";
import type { ArchiveLimits } from "./limits.ts";

/**
 * The folders and the name of an entry, below the folder that it is unpacked into; empty for that folder itself.
 * @param archive - for the message
 * @throws {UnsafeArchiveError} when it would lie elsewhere, or has a name that not every file system can hold
 */
export function entryPath(archive: string, name: string, { pathBytes }: ArchiveLimits): readonly string[] {
  const refuse = (problem: string): never => {
    throw new UnsafeArchiveError(archive, `the entry ${quoted(name)} ${problem}. Nothing of it was kept.`);
  };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(name)) refuse("has a control character in its name");
  if (Buffer.byteLength(name) > pathBytes) refuse(`has a path of more than ${pathBytes} bytes`);
  if (/^([/\\]|[A-Za-z]:)/.test(name)) refuse("has an absolute path");
  if (name.includes("\\")) refuse("has a backslash in its name, which separates folders on Windows");
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) refuse("has a path that leads outside");
  if (process.platform === "win32" && parts.some(isReservedOnWindows)) refuse("has a name that Windows cannot hold");
  return parts;
}

const isReservedOnWindows = (part: string): boolean =>
  /[<>:"|?*]|[. ]$/.test(part) || /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(part);
