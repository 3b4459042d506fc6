import { doktorski } from "@irec/ontology";
import Papa from "papaparse";
import { beforeAll, describe, expect, it } from "vitest";
import { evaluate } from "../../src/evaluate.ts";
import type { Figure } from "../../src/figures/figure.ts";
import { figuresOf } from "../../src/figures/figures.ts";
import { renderSvg } from "../../src/figures/render-svg.ts";
import { dark } from "../../src/figures/theme.ts";
import type { ExperimentName, Results, ZeroShotRow } from "../../src/results/results.ts";
import { toCsv } from "../../src/results/table-formats.ts";
import { writeSyntheticStore } from "../synthetic-store.ts";
import { temporaryFolders } from "../temp-folder.ts";
import { drawnTexts, elements, marksOf, parseSvg, type XmlElement } from "./svg-document.ts";

const newFolder = temporaryFolders();

/** Those that figures show. */
const DRAWN = [
  "zero-shot",
  "audio-only",
  "triplets",
  "positive-negative",
  "attribution",
  "ontology-map",
] as const satisfies readonly ExperimentName[];

let results: Results;
let figures: readonly Figure[];
const drawn = new Map<string, { svg: string; root: XmlElement }>();

beforeAll(async () => {
  results = await evaluate({ ...writeSyntheticStore(newFolder()), experiments: DRAWN, draws: 20 });
  figures = figuresOf(results, doktorski);
  for (const figure of figures) {
    const svg = await renderSvg(figure);
    drawn.set(figure.name, { svg, root: parseSvg(svg) });
  }
}, 60_000); // two seconds alone, more beside other tests

const figure = (name: string): Figure => figures.find((one) => one.name === name)!;
const rootOf = (name: string): XmlElement => drawn.get(name)!.root;
const csvOf = (one: Figure) => Papa.parse<Record<string, string>>(toCsv(one.data).trimEnd(), { header: true }).data;
const zeroShot = (model: string): ZeroShotRow =>
  results.experiments["zero-shot"]!.find((row) => row.model === model && row.promptSet === "muscall_prompt")!;

it("a run has the study's figures, then ours, those of single models once for each", () => {
  const ofModels = (name: string) => ["good", "weak-text"].map((model) => `${name}-synthetic-${model}`);
  expect(figures.map(({ name }) => name).slice(0, 4)).toEqual([
    "similarity-histogram",
    "positive-negative-zero-shot",
    "positive-negative-audio-only",
    "top-two-difference",
  ]);
  expect(figures.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      ...ofModels("confusion-zero-shot"),
      ...ofModels("confusion-audio-only"),
      ...ofModels("prompt-scores"),
      ...ofModels("prompt-recalls"),
      ...["negated-prompts", "triplet-rules", "attribution", "attribution-steps"],
      ...ofModels("ontology-zero-shot"),
      ...ofModels("ontology-triplets"),
    ]),
  );
});

describe("every figure", () => {
  it("is one well-formed SVG document that says what it shows to those who cannot see it", () => {
    for (const [name, { root }] of drawn) {
      expect(root.name, name).toBe("svg");
      expect(root.attributes.role, name).toBe("img");
      const [title, description] = root.children as XmlElement[];
      expect([title!.name, description!.name], name).toEqual(["title", "desc"]);
      expect(title!.children, name).toEqual([figure(name).title]);
      expect(description!.children, name).toEqual([figure(name).description]);
    }
  });

  it("asks for nothing from elsewhere, runs nothing, and can stand beside others: no address, script or id", () => {
    for (const [name, { root, svg }] of drawn) {
      const all = elements(root);
      expect(
        all.filter((one) => /^(script|style|foreignObject|image|use|a)$/.test(one.name)),
        name,
      ).toEqual([]);
      expect(
        all.filter((one) => "id" in one.attributes || "href" in one.attributes),
        name,
      ).toEqual([]);
      expect(svg, name).not.toContain("url(");
    }
  });

  it("has no coordinate that is not a number", () => {
    for (const [name, { svg }] of drawn) expect(svg, name).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("is the same bytes when it is drawn again, in another order", async () => {
    for (const one of figures.toReversed()) expect(await renderSvg(one), one.name).toBe(drawn.get(one.name)!.svg);
  });

  it("is drawn for a dark page by its theme alone", async () => {
    for (const one of figures) {
      const root = parseSvg(await renderSvg(one, dark));
      expect(elements(root).find(({ name }) => name === "rect")!.attributes.fill).toBe(dark.background);
      expect(drawnTexts(root), one.name).toEqual(drawnTexts(rootOf(one.name)));
    }
  });

  it("has its numbers in full in its table", () => {
    for (const one of figures) {
      expect(one.data.rows.length, one.name).toBeGreaterThan(0);
      for (const row of one.data.rows) expect(row, one.name).toHaveLength(one.data.columns.length);
    }
  });
});

describe("the histograms", () => {
  it("have the counts of the results, and shares that sum to 1", () => {
    const rows = csvOf(figure("positive-negative-zero-shot")).filter(({ panel }) =>
      panel!.startsWith("synthetic-weak-text"),
    );
    const { similarity } = zeroShot("synthetic-weak-text").histograms;
    for (const kind of ["right", "wrong"] as const) {
      const own = rows.filter(({ pairs }) => pairs === kind);
      expect(own.map(({ count }) => Number(count))).toEqual(similarity[kind]);
      expect(own.reduce((sum, { share }) => sum + Number(share), 0)).toBeCloseTo(1, 12);
      expect(own.map(({ from }) => Number(from))).toEqual(Array.from({ length: 40 }, (_, i) => (i - 20) / 20));
    }
  });

  it("draw right and wrong pairs in another colour and with another dash", () => {
    const lines = marksOf(rootOf("positive-negative-zero-shot"), "mark-line");
    const styles = new Set(lines.map(({ attributes }) => `${attributes.stroke} ${attributes["stroke-dasharray"]}`));
    expect(styles).toEqual(new Set(["#0072B2 1,0", "#D55E00 4,2"]));
    expect(lines).toHaveLength(4); // two models
  });

  it("draw a bar for each bin of differences", () => {
    const rows = csvOf(figure("top-two-difference"));
    expect(marksOf(rootOf("top-two-difference"), "mark-rect")).toHaveLength(rows.length);
    expect(
      rows.filter(({ model }) => model === "synthetic-good").reduce((sum, row) => sum + Number(row.clips), 0),
    ).toBe(560);
  });
});

describe("the confusion matrix", () => {
  const name = "confusion-zero-shot-synthetic-weak-text";

  it("has a cell for each pair of labels, with the counts of the results", () => {
    expect(marksOf(rootOf(name), "mark-rect")).toHaveLength(14 * 14);
    const { perClass, confusion } = zeroShot("synthetic-weak-text");
    const labels = perClass.map(({ label }) => label);
    for (const row of csvOf(figure(name))) {
      const [t, p] = [labels.indexOf(row.label!), labels.indexOf(row.predicted!)];
      expect(Number(row.clips)).toBe(confusion[t]![p]);
      expect(Number(row["share of label"])).toBe(confusion[t]![p]! / perClass[t]!.clips);
    }
  });

  it("stands in the order of the ontology, with its families bracketed and named", () => {
    const labels = [...new Set(csvOf(figure(name)).map(({ label }) => label))];
    const places = labels.map((label) => doktorski.find(label!).index);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    const texts = drawnTexts(rootOf(name));
    expect(texts).toEqual(expect.arrayContaining(["string instruments", "brass instruments", "free aerophones"]));
    expect(texts).toEqual(expect.arrayContaining(["label of the clip", "taken for", ...(labels as string[])]));
  });
});

describe("the prompt sets", () => {
  it("show every score with its interval below, and what no knowledge scores", () => {
    const name = "prompt-scores-synthetic-good";
    const texts = drawnTexts(rootOf(name));
    const { balancedAccuracy, intervals } = zeroShot("synthetic-good");
    expect(texts).toContain(balancedAccuracy.toFixed(3));
    const { low, high } = intervals.balancedAccuracy;
    expect(texts).toContain(`${low.toFixed(3)} to ${high.toFixed(3)}`);
    expect(marksOf(rootOf(name), "mark-rect")).toHaveLength((3 + 1) * 5);
    const baseline = csvOf(figure(name)).filter(({ prompt }) => prompt === "no knowledge");
    // 14 labels of 40 clips each: the majority is a fourteenth, its F1 is 2/15, a fourteenth of which counts.
    expect(baseline.map(({ value }) => Number(Number(value).toFixed(6)))).toEqual([
      ...[0.071429, 0.071429, 0.009524, 0.5, 0.071429],
    ]);
  });
});

describe("the triplet rules", () => {
  it("stand under each other with whiskers, and chance as a line", () => {
    const root = rootOf("triplet-rules");
    const rows = csvOf(figure("triplet-rules"));
    expect(rows).toHaveLength(2 * 2 * 4);
    expect(marksOf(root, "mark-symbol")).toHaveLength(rows.length);
    const texts = drawnTexts(root);
    expect(texts).toContain("chance");
    for (const { micro, low, high } of rows) {
      expect(texts).toContain(`${Number(micro).toFixed(3)} (${Number(low).toFixed(3)} to ${Number(high).toFixed(3)})`);
    }
  });

  it("have the published rule in another colour and shape", () => {
    const marks = marksOf(rootOf("triplet-rules"), "mark-symbol").map(({ attributes }) => attributes);
    const published = marks.filter(({ fill }) => fill === "#D55E00");
    expect(published).toHaveLength(4);
    expect(new Set(published.map(({ d }) => d)).size).toBe(1);
    expect(marks.filter(({ fill }) => fill === "#0072B2").map(({ d }) => d)).not.toContain(published[0]!.d);
  });
});

describe("the ontology", () => {
  const row = () => results.experiments["ontology-map"]!.find(({ model }) => model === "synthetic-weak-text")!;

  it("is a tree of nodes with their recall; those with one branch are in the table only", () => {
    const name = "ontology-zero-shot-synthetic-weak-text";
    const csv = csvOf(figure(name));
    expect(csv.map(({ node }) => node)).toEqual(row().nodes.map(({ node }) => node));
    expect(csv.map(({ value }) => Number(value))).toEqual(row().nodes.map(({ zeroShot }) => zeroShot!.recall));
    const drawnNodes = row().nodes.filter(
      ({ node, height }) => height === 0 || row().nodes.filter(({ parents }) => parents[0] === node).length > 1,
    );
    const root = rootOf(name);
    expect(marksOf(root, "mark-symbol")).toHaveLength(drawnNodes.length);
    const leaf = drawnNodes.find(({ height }) => height === 0)!;
    expect(drawnTexts(root)).toContain(`${leaf.label}  ${leaf.zeroShot!.recall.toFixed(2)}`);
    expect(drawnTexts(root)).not.toContain("free aerophones"); // of which there is only the accordion
  });

  it("has hollow nodes where no triplets meet", () => {
    const marks = marksOf(rootOf("ontology-triplets-synthetic-weak-text"), "mark-symbol");
    const meeting = row().nodes.filter(({ triplets }) => triplets.length > 0);
    expect(meeting.length).toBeGreaterThan(3);
    const hollow = marks.filter(({ attributes }) => attributes.fill === "#ffffff");
    expect(marks.length - hollow.length).toBe(meeting.length);
  });
});

describe("labels of strangers", () => {
  const hostile = [
    '<script>alert("1")</script>',
    'Müller & Söhne\'s "harp"',
    "]]>--><svg onload=alert(1)>",
    "\u0000\u001b[31m bell\u0007\nline\u2028two\u202e",
    "x".repeat(5000),
    "датум.value + datum['a'] {{datum}}",
    "",
    "琵琶 🎻",
  ];

  function withLabels(labels: readonly string[], clips: (c: number) => number = () => 3): Results {
    const row = zeroShot("synthetic-good");
    const perClass = labels.map((label, c) => ({
      ...row.perClass[0]!,
      label,
      clips: clips(c),
      recall: clips(c) === 0 ? null : 1,
    }));
    const confusion = labels.map((_, t) => labels.map((_, p) => (t === p ? clips(t) : 0)));
    return {
      ...results,
      models: ['a/../<b>"&'],
      experiments: {
        "zero-shot": [{ ...row, model: 'a/../<b>"&', promptSet: hostile[0]!, perClass, confusion }],
      },
    };
  }

  it("are written as they are, in the drawing and in its words, and break neither", async () => {
    for (const one of figuresOf(withLabels(hostile), doktorski)) {
      expect(one.name).toMatch(/^[\w.+-]+$/);
      const root = parseSvg(await renderSvg(one));
      expect(elements(root).filter(({ name }) => /script|onload/.test(name))).toEqual([]);
      expect(elements(root).flatMap(({ attributes }) => Object.keys(attributes))).not.toContain("onload");
      if (!one.name.startsWith("confusion")) continue;
      const texts = drawnTexts(root);
      expect(texts).toEqual(expect.arrayContaining([hostile[0], hostile[1], hostile[2], hostile[5], hostile[7]]));
      expect(texts.find((text) => text.startsWith("xxx"))).toMatch(/^x{20,60}…$/);
      expect(Number(root.attributes.width)).toBeLessThan(1000);
      expect(csvOf(one)[0]!.label).toBe(hostile[0]);
    }
  });

  it("that are a hundred fit on a page; one, or none with clips, is drawn too", async () => {
    const many = Array.from({ length: 100 }, (_, i) => `instrument number ${i}`);
    for (const labels of [many, ["alone"]]) {
      for (const one of figuresOf(withLabels(labels), doktorski)) {
        const root = parseSvg(await renderSvg(one));
        expect(Number(root.attributes.width), one.name).toBeLessThan(900);
        expect(Number(root.attributes.height), one.name).toBeLessThan(900);
      }
    }
  });

  it("without clips have a dash in a dashed cell, and no colour", async () => {
    const all = figuresOf(
      withLabels(["violin", "viola", "flute"], (c) => (c === 1 ? 0 : 3)),
      doktorski,
    );
    const confusion = all.find(({ name }) => name.startsWith("confusion"))!;
    const root = parseSvg(await renderSvg(confusion));
    expect(drawnTexts(root).filter((text) => text === "–")).toHaveLength(3);
    const cells = marksOf(root, "mark-rect");
    expect(cells).toHaveLength(9);
    expect(cells.filter(({ attributes }) => attributes["stroke-dasharray"] !== undefined)).toHaveLength(3);
  });

  it("make files of their own where models differ only in what a file name cannot hold", () => {
    const row = zeroShot("synthetic-good");
    const names = ["a b", "a:b", "A_b"].map((model) => ({ ...row, model }));
    const all = figuresOf({ ...results, experiments: { "zero-shot": names } });
    const files = all.map(({ name }) => name.toLowerCase());
    expect(new Set(files).size).toBe(files.length);
    expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(["confusion-zero-shot-A_b-3"]));
  });
});

it("results without experiments have no figures", () => {
  expect(figuresOf({ ...results, experiments: {} }, doktorski)).toEqual([]);
});
