import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * A process that is kept between two runs of its side, so that sides with a model of a gigabyte can take short turns. For each
 * line on its standard input it answers with one line of JSON; the first answer comes when it is ready.
 */
export class LineProcess<T> {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #ended: Promise<string>;

  private constructor(child: ChildProcess, name: string) {
    let stderr = "";
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    // Written to after its end: that it has ended is what is reported.
    child.stdin!.on("error", () => {});
    this.#child = child;
    this.#answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    this.#ended = new Promise((resolve) => {
      child.on("error", (error) => resolve(`${name}: ${error.message}`));
      child.on("close", (code, signal) => resolve(`${name}: ended with ${signal ?? code}\n${stderr}`));
    });
  }

  /** Starts a process and waits until it is ready. Rejects, with what it said on stderr, when it ends before. */
  static async start<T>(command: string, args: readonly string[], environment = {}): Promise<LineProcess<T>> {
    const child = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ["pipe", "pipe", "pipe"] });
    const started = new LineProcess<T>(child, [command, ...args].join(" "));
    await started.#next();
    return started;
  }

  /** One run. */
  async run(): Promise<T> {
    this.#child.stdin!.write("\n");
    return await this.#next();
  }

  /** Ends the process. */
  async close(): Promise<void> {
    this.#child.stdin!.end();
    await this.#ended;
  }

  async #next(): Promise<T> {
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(await this.#ended);
    return JSON.parse(value);
  }
}
