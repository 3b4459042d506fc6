import { onInterrupt } from "./interrupt.ts";
import type { Progress } from "./progress.ts";

/** Work that ends within this time is not worth a bar. */
const PATIENCE_MS = 1000;

/** A bar on a terminal, a line every few seconds elsewhere; nothing at all for quick work. */
export function barProgress(stream: NodeJS.WriteStream): Progress {
  return {
    start(what, total) {
      const started = performance.now();
      let done = 0;
      let bar: { update(value: number): void; stop(): void } | undefined;
      let loading = false;
      let forget = () => {};
      return {
        advance(steps) {
          done += steps;
          if (bar === undefined && !loading && performance.now() - started > PATIENCE_MS) {
            loading = true;
            void import("cli-progress").then(({ default: { SingleBar } }) => {
              if (!loading) return;
              const created = new SingleBar({
                stream,
                format: `${what} [{bar}] {percentage} % | {value}/{total} | {eta_formatted} left`,
                noTTYOutput: true,
                notTTYSchedule: 5000,
                hideCursor: true,
                clearOnComplete: true,
              });
              created.start(total, done);
              bar = created;
              forget = onInterrupt(() => created.stop()); // or the terminal stays without a cursor
            });
          }
          bar?.update(done);
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
