import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { OutputError } from "../errors.ts";

/** What opens an address on each platform; `start` is a word of cmd, whose first argument in quotes is a title. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", '""'],
};

/**
 * Opens a file in the user's browser; `BROWSER` is asked first, as other programs do.
 * @throws {OutputError} when nothing can be started
 */
export async function openInBrowser(file: string, environment: NodeJS.ProcessEnv = process.env): Promise<void> {
  const address = pathToFileURL(resolve(file)).href;
  const [command, ...args] = environment.BROWSER ? [environment.BROWSER] : (OPENERS[process.platform] ?? ["xdg-open"]);
  await new Promise<void>((resolve, reject) => {
    const started = spawn(command!, [...args, address], { stdio: "ignore", detached: true });
    started.once("spawn", () => {
      started.unref();
      resolve();
    });
    started.once("error", (error) =>
      reject(
        new OutputError(`${command} could not be started (${error.message}); open ${address} yourself.`, {
          cause: error,
        }),
      ),
    );
  });
}
