import { chmodSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { irecProcess } from "../irec-process.ts";
import { writeSyntheticStore } from "../synthetic-store.ts";
import { put, temporaryFolders } from "../temp-folder.ts";

const folders = temporaryFolders();
const irec = irecProcess();

describe("irec report", () => {
  let cwd: string;
  beforeAll(async () => {
    cwd = folders();
    const { groundTruth } = writeSyntheticStore(cwd);
    const args = ["-e", "store", "-g", groundTruth, "-x", "zero-shot,triplets", "--draws", "5", "--no-figures", "-q"];
    const ended = await irec.run(["evaluate", ...args, "--out", "run"], { cwd });
    expect(ended.stdout).toContain("\nLook at run/report.html, in a browser.\n");
    const without = await irec.run(["evaluate", ...args, "--out", "without", "--no-report"], { cwd });
    expect(without.stdout).not.toContain("report.html");
    expect(existsSync(join(cwd, "without", "report.html"))).toBe(false);
  }, 120_000);

  it("makes the page that irec evaluate wrote again, or elsewhere", async () => {
    const page = readFileSync(join(cwd, "run/report.html"), "utf8");
    rmSync(join(cwd, "run/report.html"));
    expect(await irec.run(["report", "run"], { cwd })).toEqual({
      status: 0,
      stdout: "Wrote run/report.html.\n",
      stderr: "",
    });
    expect(readFileSync(join(cwd, "run/report.html"), "utf8")).toBe(page);
    expect((await irec.run(["report", "run", "--out", "page.html"], { cwd })).stdout).toBe("Wrote page.html.\n");
    expect(readFileSync(join(cwd, "page.html"), "utf8")).toBe(page);
  });

  it.skipIf(process.platform === "win32")(
    "--open hands the page to the user's browser (a shell script; not on Windows)",
    async () => {
      const browser = put(
        join(cwd, "browser"),
        `#!/bin/sh\nprintf %s "$1" > "${cwd}/opened.part"\nmv "${cwd}/opened.part" "${cwd}/opened"\n`,
      );
      chmodSync(browser, 0o755);
      expect((await irec.run(["report", "run", "--open"], { cwd, env: { BROWSER: browser } })).status).toBe(0);
      await expect.poll(() => existsSync(join(cwd, "opened"))).toBe(true);
      expect(readFileSync(join(cwd, "opened"), "utf8")).toBe(pathToFileURL(join(cwd, "run/report.html")).href);
      const missing = await irec.run(["report", "run", "--open"], { cwd, env: { BROWSER: "./no-such-browser" } });
      expect(missing.status).toBe(5);
      expect(missing.stderr).toMatch(/could not be started .*; open file:\/\/.*report\.html yourself\./s);
    },
  );

  it("says that a folder is no run, and leaves it as it is", async () => {
    const ended = await irec.run(["report", "nowhere"], { cwd });
    expect(ended.status).toBe(3);
    expect(ended.stderr.replace(/\s+/g, " ")).toContain(
      "nowhere/results.json: is not there; expected nowhere to be a run folder of irec evaluate.",
    );
  });
});
