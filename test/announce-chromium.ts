import { chromium } from "./chromium.ts";

/** Says loudly, once per run, when the tests in a browser cannot run. */
export default function setup(): void {
  if (chromium !== undefined) return;
  const line = "!".repeat(100);
  process.stderr.write(
    `\n${line}\n!! Chromium is not installed: every test in a browser is SKIPPED.\n` +
      `!! Install it, or set IREC_TEST_CHROMIUM to its executable.\n${line}\n\n`,
  );
}
