import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { needsReference, reference, referencePath } from "../../../test/reference.ts";
import { evaluate } from "../src/evaluate.ts";
import { count, score, type Table, text } from "../src/results/table.ts";
import { toCsv, toLatex, toMarkdown, toTerminal } from "../src/results/table-formats.ts";
import { detailTables, mainTables } from "../src/results/tables.ts";
import { type Rows, randomRows, writeOneHot, writeStore } from "./small-store.ts";
import { temporaryFolders } from "./temp-folder.ts";

const newFolder = temporaryFolders();

/** Names as people give them, a null and numbers of every size. */
const odd: Table = {
  name: "odd",
  caption: "100 % of A & B",
  columns: [text("model"), count("clips"), score("top-1")],
  rows: [
    ["a_b #1", 1200, 0.123456789012345],
    ["50 % | {x}", 0, null],
    ['say "hi", twice', 3, 1],
    ["\\alpha~^$", 4, 0.00004],
    ["two\nlines <b>*x*</b>", 5, -0.00004],
  ],
};

it("CSV holds every number in full, an empty cell for null, and quotes where RFC 4180 needs them", () => {
  expect(toCsv(odd)).toBe(
    'model,clips,top-1\na_b #1,1200,0.123456789012345\n50 % | {x},0,\n"say ""hi"", twice",3,1\n\\alpha~^$,4,0.00004\n' +
      '"two\nlines <b>*x*</b>",5,-0.00004\n',
  );
});

it("Markdown has four decimals, columns aligned by their kind, and nothing in a cell that means something there", () => {
  expect(toMarkdown(odd)).toBe(
    [
      "100 % of A & B",
      "",
      "| model                      | clips |  top-1 |",
      "| :------------------------- | ----: | -----: |",
      "| a_b #1                     |  1200 | 0.1235 |",
      "| 50 % \\| {x}                |     0 |        |",
      '| say "hi", twice            |     3 | 1.0000 |',
      "| \\\\alpha~^$                 |     4 | 0.0000 |",
      "| two lines \\<b\\>\\*x\\*\\</b\\> |     5 | 0.0000 |",
      "",
    ].join("\n"),
  );
});

it("LaTeX escapes every character that means something there, in cells, headers and captions", () => {
  const { columns } = odd;
  expect(toLatex({ ...odd, columns: [text("model_name"), ...columns.slice(1)] })).toBe(
    [
      "\\begin{table}",
      "  \\centering",
      "  \\caption{100 \\% of A \\& B}",
      "  \\label{tab:odd}",
      "  \\begin{tabular}{lrr}",
      "    \\toprule",
      "    model\\_name & clips & top-1 \\\\",
      "    \\midrule",
      "    a\\_b \\#1 & 1200 & 0.1235 \\\\",
      "    50 \\% | \\{x\\} & 0 &  \\\\",
      '    say "hi", twice & 3 & 1.0000 \\\\',
      "    \\textbackslash{}alpha\\textasciitilde{}\\textasciicircum{}\\$ & 4 & 0.0000 \\\\",
      "    two lines <b>*x*</b> & 5 & 0.0000 \\\\",
      "    \\bottomrule",
      "  \\end{tabular}",
      "\\end{table}",
      "",
    ].join("\n"),
  );
});

describe("intervals, which CSV has in columns of their own", () => {
  const table: Table = {
    name: "some",
    caption: "Some",
    columns: [text("model"), score("top-1"), score("F1"), score("top-1 low", "low"), score("top-1 high", "high")],
    rows: [
      ["a", 0.45279, 0.4, 0.421, 0.484],
      ["b", null, 0.5, null, null],
      ["c", 0, 0.6, 0, -0.00001],
    ],
  };

  it("stand behind their numbers in Markdown, and only where there are any", () => {
    expect(toMarkdown(table)).toBe(
      [
        "Some. In brackets intervals",
        "",
        "| model |                     top-1 |     F1 |",
        "| :---- | ------------------------: | -----: |",
        "| a     | 0.4528 (0.4210 to 0.4840) | 0.4000 |",
        "| b     |                           | 0.5000 |",
        "| c     | 0.0000 (0.0000 to 0.0000) | 0.6000 |",
        "",
      ].join("\n"),
    );
  });

  it("and in LaTeX", () => {
    const latex = toLatex(table);
    expect(latex).toContain("\\caption{Some. In brackets intervals}");
    expect(latex).toContain("\\begin{tabular}{lrr}");
    expect(latex).toContain("    model & top-1 & F1 \\\\\n");
    expect(latex).toContain("    a & 0.4528 (0.4210 to 0.4840) & 0.4000 \\\\\n    b &  & 0.5000 \\\\\n");
  });

  it("stay in columns on the terminal, under their short names", () => {
    expect(toTerminal(table).split("\n")[2]).toMatch(/model \| +top-1 \| +F1 \| +low \| +high/);
  });
});

it("the terminal's form has the caption, no escapes and no blanks at line ends", () => {
  const lines = toTerminal(odd).split("\n");
  expect(lines[0]).toBe("100 % of A & B");
  expect(toTerminal(odd)).toMatch(/50 % \| \{x\} +/);
  for (const line of lines) expect(line).toBe(line.trimEnd());
});

it("no table shows control characters, such as those that move a terminal's cursor", () => {
  const hostile: Table = { ...odd, rows: [["\u001b[2Jviolin\u0007\u202e", 1, 1]] };
  for (const form of [toMarkdown, toLatex, toTerminal]) {
    expect(form(hostile)).toContain("\uFFFD");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(form(hostile)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  }
});

describe("the tables of a run", () => {
  const words = ["violin & viola", "50 %_#", "a, b", "d | e", "f", "g"];
  const own = [...Array(18).keys()].map((i) => i % 6);
  const arrays: Record<string, Rows> = {
    "audio/joint_space/d": randomRows(1, 18, 5),
    "audio/pre_joint/d": randomRows(2, 18, 7),
    "text/joint_space/muscall_prompt": randomRows(3, 6, 5),
    "text/joint_space/a_prompt": randomRows(4, 6, 5),
  };
  const results = (async () => {
    const folder = newFolder();
    const quoted = words.map((word) => (word.includes(",") ? `"${word}"` : word));
    return evaluate({
      embeddings: writeStore(folder, { model_1: { arrays }, model_2: { arrays } }),
      groundTruth: writeOneHot(folder, quoted, own),
      draws: 10,
    });
  })();
  const csvOf = async (name: string): Promise<string> => {
    const tables = [...mainTables(await results), ...detailTables(await results)];
    return toCsv(tables.find((table) => table.name === name)!);
  };

  it("have the study's names and columns, one file a model, with the scores in full", async () => {
    const rows = (await results).experiments["zero-shot"]!.filter(({ model }) => model === "model_2");
    const lines = rows.map((row) =>
      ["model_2", row.promptSet, ...row.topK, row.f1Weighted, row.rocAucMacro, row.averagePrecisionMacro].join(","),
    );
    expect(await csvOf("zeroshot_baseline/model_2")).toBe(
      `model,prompt,top-1,top-2,top-3,top-4,top-5,F1,ROC-AUC,PR-AUC\n${lines.join("\n")}\n`,
    );
    // The study lists the joint space before the pre-joint one.
    const published = (await results).experiments["audio-only"]!.filter(
      ({ model, rule }) => model === "model_1" && rule === "published",
    );
    expect(
      (await csvOf("audio_only/model_1"))
        .trimEnd()
        .split("\n")
        .slice(1)
        .map((line) => line.split(",").slice(2).map(Number)),
    ).toEqual(
      published.toReversed().map((row) => [...row.topK, row.f1Weighted, row.rocAucMacro, row.averagePrecisionMacro]),
    );
  });

  it("quote labels with commas and no others", async () => {
    const labels = (await csvOf("zero-shot-per-label"))
      .split("\n")
      .slice(1, 7)
      .map((line) => line.split(/,(\d+),/)[0]);
    expect(labels).toEqual(
      ["violin & viola", "50 %_#", '"a, b"', "d | e", "f", "g"].map((label) => `model_1,muscall_prompt,${label}`),
    );
  });

  it("count every clip once in each confusion table", async () => {
    for (const name of ["zero-shot-confusion", "audio-only-confusion"]) {
      const counts = (await csvOf(name))
        .trimEnd()
        .split("\n")
        .slice(1)
        .map((line) => Number(line.split(",").at(-1)));
      const tables = name === "zero-shot-confusion" ? 4 : 8;
      expect(counts).toHaveLength(tables * 36);
      expect(counts.reduce((sum, clips) => sum + clips, 0)).toBe(tables * 18);
    }
  });

  it("have distinct names that are safe as file names", async () => {
    const names = [...mainTables(await results), ...detailTables(await results)].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[\w-]+(\/[\w-]+)?$/);
  });
});

describe.skipIf(!reference)(`beside the study's own files${needsReference}`, () => {
  it("the zero-shot table has the study's header, letter for letter", async () => {
    const header = readFileSync(referencePath("evaluation_output/zeroshot_baseline/muscall.csv"), "utf8").split(
      /\r?\n/,
    )[0];
    expect(header).toBe("model,prompt,top-1,top-2,top-3,top-4,top-5,F1,ROC-AUC,PR-AUC");
  });
});

describe("the tables of runs that lack something", () => {
  /** Audio and text vectors of six clips, two a label where the labels are three. */
  async function tablesOf(labels: readonly string[], own: readonly number[]) {
    const folder = newFolder();
    const arrays: Record<string, Rows> = {
      "audio/joint_space/d": randomRows(1, own.length, 5),
      "text/joint_space/muscall_prompt": randomRows(3, labels.length, 5),
    };
    const results = await evaluate({
      embeddings: writeStore(folder, { model: { arrays } }),
      groundTruth: writeOneHot(folder, labels, own),
      draws: 10,
    });
    const tables = [...mainTables(results), ...detailTables(results)];
    const linesOf = (name: string) =>
      toCsv(tables.find((table) => table.name === name)!)
        .trimEnd()
        .split("\n");
    return { results, linesOf };
  }

  it("leave the cells empty of a rule by which the labels make no triplet", async () => {
    // Only the root is above any two of the three, so that lca ties them all; their depths differ.
    const { results, linesOf } = await tablesOf(["trumpet", "piano", "snare drum"], [0, 0, 1, 1, 2, 2]);
    expect(results.experiments.triplets!.map(({ rule }) => rule)).toEqual(["path", "wu-palmer"]);
    const [header, line] = linesOf("triplets");
    expect(header).toBe("model,prompt,space,lca,lca low,lca high,lca macro,lca ties,path,wu-palmer");
    expect(line).toMatch(/^model,muscall_prompt,joint_space,,,,,,(0(\.\d+)?|1),(0(\.\d+)?|1)$/);
  });

  it("name the labels of the confusion counts when one label has no clips", async () => {
    const { linesOf } = await tablesOf(["violin", "viola", "flute"], [0, 0, 2, 2, 2, 0]);
    const labels = linesOf("audio-only-confusion")
      .slice(1, 5)
      .map((line) => line.split(",").slice(3, 5).join(">"));
    expect(labels).toEqual(["violin>violin", "violin>flute", "flute>violin", "flute>flute"]);
    expect(linesOf("zero-shot-confusion")[2]).toMatch(/^model,muscall_prompt,violin,viola,\d$/);
  });
});
