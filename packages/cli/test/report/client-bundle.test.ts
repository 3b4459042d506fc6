import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
// @ts-expect-error - a tool in plain JavaScript
import * as tool from "../../../../tools/bundle-report.mjs";

it("the committed script and style of report.html are what its sources make (npm run report-page)", async () => {
  expect(await readFile(tool.clientModule, "utf8")).toBe(await tool.bundleClient());
});
