import { spawn } from "node:child_process";

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  /** Added to `plainEnvironment`. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a program to its end and returns what it said, whatever its status. Without blocking: a worker of vitest that
 * does not answer for a minute counts as dead.
 */
export function run(command: string, args: readonly string[], { cwd, env }: RunOptions): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...plainEnvironment(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}

/** As `run`, and throws everything that the program said when its status is not 0; returns stdout. */
export async function succeed(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  const { status, stdout, stderr } = await run(command, args, options);
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: status ${status}\n${stdout}\n${stderr}`);
  return stdout;
}

/**
 * The environment without what vitest and an outer npm put there: `npm test` hands its own configuration, this
 * workspace's folder included, to every npm that runs below it.
 */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const own = /^(npm_|vitest|vite_|NODE_OPTIONS$|NODE_ENV$|INIT_CWD$|FORCE_COLOR$)/i;
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name))), NO_COLOR: "1" };
}
