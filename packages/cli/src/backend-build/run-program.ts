import { spawn } from "node:child_process";
import { onInterrupt } from "../interrupt.ts";

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** What a program said; `status` is undefined when it could not be started. */
export interface Ended {
  readonly status: number | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, whatever that is. It is ended when irec is interrupted. */
export function runProgram(command: readonly string[], { cwd, env }: RunOptions = {}): Promise<Ended> {
  const [program, ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program!, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const forget = onInterrupt(() => child.kill("SIGKILL"));
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", ({ message }) => {
      forget();
      resolve({ status: undefined, stdout, stderr: message });
    });
    child.on("close", (status) => {
      forget();
      resolve({ status, stdout, stderr });
    });
  });
}

/** The line of a failed program's output that says most: the last one that speaks of an error, else the last one. */
export function lastWords({ status, stdout, stderr }: Ended): string {
  const lines = (stderr.trim() || stdout.trim()).split("\n").map((line) => line.trim());
  return lines.findLast((line) => /error/i.test(line)) ?? (lines.at(-1) || `it ended with status ${status}`);
}
