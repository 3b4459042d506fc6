import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { unpackNpmPackage } from "./npm-package.ts";
import type { RequiredPrograms } from "./required-programs.ts";
import { runProgram } from "./run-program.ts";

/**
 * A folder with `node_api.h`: beside the Node that runs, where npm's `nodedir` says, or out of the package node-api-headers.
 * They are the same for all versions of Node that have the interface.
 */
export async function nodeHeaders(programs: RequiredPrograms, work: string): Promise<string> {
  const asked = await runProgram([...programs.npm, "config", "get", "nodedir"]);
  const nodedir = asked.status === 0 ? asked.stdout.trim() : "undefined";
  const folders = [join(dirname(process.execPath), "..", "include", "node"), join(nodedir, "include", "node")];
  const found = folders.find((folder) => existsSync(join(folder, "node_api.h")));
  return found ?? join(await unpackNpmPackage(programs, "node-api-headers@1", work), "include");
}
