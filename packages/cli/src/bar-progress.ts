import { onInterrupt } from "./interrupt.ts";
import type { Progress } from "./progress.ts";

/** Work that ends within this time is not worth a bar. */
const PATIENCE_MS = 1000;

/** A bar on a terminal, a line every few seconds elsewhere; nothing at all for quick work. */
export function barProgress(stream: NodeJS.WriteStream): Progress {
  return {
    start(what, total, { unit, done: before = 0 } = {}) {
      const started = performance.now();
      let done = before;
      let bar: { update(value: number, payload: object): void; stop(): void } | undefined;
      let loading = false;
      let forget = () => {};
      const figures = () => {
        const elapsed = performance.now() - started;
        return {
          figures: figuresOf(done, total, done - before, elapsed, unit),
          left: timeLeft(done, total, done - before, elapsed),
        };
      };
      return {
        advance(steps) {
          done += steps;
          if (bar === undefined && !loading && performance.now() - started > PATIENCE_MS) {
            loading = true;
            void import("cli-progress").then(({ default: { SingleBar } }) => {
              if (!loading) return;
              const created = new SingleBar({
                stream,
                format: `${what} [{bar}] {percentage} % | {figures} | {left} left`,
                noTTYOutput: true,
                notTTYSchedule: 5000,
                hideCursor: true,
                clearOnComplete: true,
              });
              created.start(total, done, figures());
              bar = created;
              forget = onInterrupt(() => created.stop()); // or the terminal stays without a cursor
            });
          }
          bar?.update(done, figures());
        },
        end() {
          loading = false;
          bar?.stop();
          forget();
        },
      };
    },
  };
}

/** How much is done, and how fast when the unit is known. */
export function figuresOf(
  done: number,
  total: number,
  doneHere: number,
  milliseconds: number,
  unit: string | undefined,
): string {
  if (unit === undefined) return `${done}/${total}`;
  const rate = doneHere / (milliseconds / 1000);
  if (unit === "bytes") return `${megabytes(done)}/${megabytes(total)} MB | ${megabytes(rate)} MB/s`;
  return `${done}/${total} ${unit} | ${rate.toPrecision(3)} ${unit}/s`;
}

/** How long the rest takes at the rate so far. cli-progress knows no rate of what was done before its bar was there. */
export function timeLeft(done: number, total: number, doneHere: number, milliseconds: number): string {
  if (doneHere <= 0) return "?";
  const seconds = Math.ceil((Math.max(0, total - done) * milliseconds) / doneHere / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
