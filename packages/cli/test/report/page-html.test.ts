import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.ts";
import { escapeHtml, scriptJson, tableHtml } from "../../src/report/html.ts";
import { runFigures } from "../../src/report/run-figures.ts";
import { reportHtml, writeReport } from "../../src/report/write-report.ts";
import { count, score, text } from "../../src/results/table.ts";
import { writeSyntheticStore } from "../synthetic-store.ts";
import { put, temporaryFolders } from "../temp-folder.ts";
import { dataOf, type RunWithReport, runWithReport } from "./run-with-report.ts";

const folders = temporaryFolders();

describe("text in HTML", () => {
  it("cannot end the element or attribute that it is in", () => {
    expect(escapeHtml(`<b a="x" b='y'>&`)).toBe("&#60;b a=&#34;x&#34; b=&#39;y&#39;&#62;&#38;");
  });

  it("cannot end the script element that carries it, nor a line of JavaScript", () => {
    const value = { label: "</script><!--\u2028\u2029" };
    const json = scriptJson(value);
    expect(json).toBe(String.raw`{"label":"\u003c/script>\u003c!--\u2028\u2029"}`);
    expect(JSON.parse(json)).toEqual(value);
  });
});

it("a table shows an interval under its number, and gives headers their scope", () => {
  const html = tableHtml({
    name: "t",
    caption: "Scores <of> all. More",
    columns: [text("model"), score("top-1"), count("clips"), score("top-1 low", "low"), score("top-1 high", "high")],
    rows: [
      ["a<b", -0.5, 3, -0.61, -0.4],
      ["c-d", 0.25, 4, null, null],
    ],
  });
  expect(html).toBe(
    '<div class="scroll" role="region" tabindex="0" aria-label="Scores &#60;of&#62; all"><table class="plain-table">' +
      "<caption>Scores &#60;of&#62; all. More</caption>" +
      '<thead><tr><th scope="col">model</th><th scope="col" class="number">top-1</th><th scope="col" class="number">clips</th></tr></thead>' +
      '<tbody><tr><th scope="row">a&#60;b</th><td class="number">\u22120.5000 <small>\u22120.6100 to \u22120.4000</small></td><td class="number">3</td></tr>' +
      '<tr><th scope="row">c-d</th><td class="number">0.2500</td><td class="number">4</td></tr></tbody></table></div>',
  );
});

describe("the page of a run", () => {
  let run: RunWithReport;
  beforeAll(async () => {
    const folder = folders();
    run = await runWithReport(join(folder, "run"), writeSyntheticStore(folder));
  }, 60_000);

  it("allows its own script and style by their digests, images within it, and nothing else", () => {
    const html = readFileSync(run.page, "utf8");
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)![1];
    const digest = (content: string) => `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
    const script = /<script>(.*?)<\/script>/s.exec(html)![1]!;
    const style = /<style>(.*?)<\/style>/s.exec(html)![1]!;
    expect(policy).toBe(
      `default-src 'none'; script-src ${digest(script)}; style-src ${digest(style)}; img-src data:; base-uri 'none'; form-action 'none'`,
    );
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
  });

  it("is the same when it is made again from the folder alone", async () => {
    expect(await reportHtml(run.folder)).toBe(readFileSync(run.page, "utf8"));
  });

  it("names labels once, however prompts and clips spell them, in the order of the ontology", () => {
    expect(run.data.labels).toHaveLength(14);
    const bowed = ["violin", "viola", "violoncello", "contrabass"];
    const places = bowed.map((label) => run.data.labels.findIndex((one) => one.toLowerCase() === label));
    expect(places.map((place) => place - places[0]!)).toEqual([0, 1, 2, 3]);
  });

  it("carries the confusion counts and the answers that the run has", () => {
    const { data, results } = run;
    const zeroShot = results.experiments["zero-shot"]!;
    const clips = data.clips!;
    const own = [...Buffer.from(clips.labels.base64, "base64")];
    for (const row of zeroShot) {
      const found = clips.scores.find(
        (one) => data.models[one.model] === row.model && data.promptSets[one.promptSet] === row.promptSet,
      )!;
      const answers = [...Buffer.from(found.nearest.base64, "base64")].map((column) => found.labels[column]!);
      const counted = row.perClass.map(({ label: truth }) =>
        row.perClass.map(({ label: taken }) => {
          const [t, p] = [data.labels.indexOf(truth), data.labels.indexOf(taken)];
          return own.filter((label, clip) => label === t && answers[clip] === p).length;
        }),
      );
      expect(counted).toEqual(row.confusion);
    }
  });

  it("has no clips and no triplets to browse when the run kept no outcomes, and is a page all the same", async () => {
    const folder = folders();
    const { outcomes: _, ...results } = JSON.parse(readFileSync(join(run.folder, "results.json"), "utf8"));
    put(join(folder, "results.json"), JSON.stringify(results));
    const data = dataOf(await reportHtml(folder));
    expect(data.clips).toBeNull();
    expect(data.triplets.map(({ list }) => list)).toEqual(data.triplets.map(() => null));
    expect(data.confusions.length).toBe(run.data.confusions.length);
  });

  it("refuses a folder that is no run, and results of another version", async () => {
    const folder = folders();
    await expect(writeReport(folder)).rejects.toThrow(InputError);
    await expect(writeReport(folder)).rejects.toThrow(
      `${join(folder, "results.json")}: is not there; expected ${folder} to be a run folder of irec evaluate.`,
    );
    writeFileSync(join(folder, "results.json"), '{"schemaVersion": "0.9.0"}');
    await expect(writeReport(folder)).rejects.toThrow(/results\.schemaVersion: is 0\.9\.0, while this irec reads/);
    rmSync(folder, { recursive: true });
  });
});

it("figures come with what they say of themselves, those that have no room by name", async () => {
  const folder = folders();
  const svg = (title: string, size: number) =>
    `<svg width="10" height="20"><title>${title}</title><desc>A &amp; B</desc>${" ".repeat(size)}</svg>`;
  put(join(folder, "figures", "a.svg"), svg("First", 10));
  put(join(folder, "figures", "b.svg"), svg("Large", 450_001));
  put(join(folder, "figures", "c.svg"), svg("Third", 10));
  put(join(folder, "figures", "a.csv"), "x\n");
  const { figures, leftOut } = await runFigures(folder);
  expect(figures.map(({ name, title, description }) => [name, title, description])).toEqual([
    ["a.svg", "First", "A & B"],
    ["c.svg", "Third", "A & B"],
  ]);
  expect(leftOut).toEqual(["b.svg"]);
  expect(await runFigures(folders())).toEqual({ figures: [], leftOut: [] });
});
