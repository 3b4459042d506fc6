import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { needsReference, reference, referencePath } from "../../../test/reference.ts";
import { evaluate } from "../src/evaluate.ts";
import { publishedComparison } from "../src/results/published-comparison.ts";
import { PUBLISHED_STUDY } from "../src/results/published-study.ts";
import type { ClassificationScores, Results } from "../src/results/results.ts";
import { toCsv, toTerminal } from "../src/results/table-formats.ts";
import { mainTables } from "../src/results/tables.ts";

const histograms = {
  similarity: { low: -1, width: 0.05, right: [1], wrong: [0] },
  topTwoDifference: { low: 0, width: 0.01, counts: [1] },
};

const interval = { low: 0, high: 1, level: 0.95, unit: "clip" } as const;
const scores: Omit<ClassificationScores, "clips"> = {
  topK: [0.5, 0.625, 0.75, 0.875, 1],
  f1Weighted: 0.25,
  f1Macro: 0.125,
  rocAucMacro: 0.75,
  averagePrecisionMacro: 0.375,
  balancedAccuracy: 0.5,
  intervals: {
    topK: Array(5).fill(interval),
    f1Weighted: interval,
    f1Macro: interval,
    rocAucMacro: interval,
    averagePrecisionMacro: interval,
    balancedAccuracy: interval,
  },
  perClass: [],
  confusion: [],
};

function resultsWith(
  change: { readonly dataset?: string; readonly model?: string; readonly clips?: number } = {},
): Results {
  const { dataset = "tinysol", model = "music-clap", clips = 2913 } = change;
  const row = { ...scores, histograms, clips, model };
  return {
    schemaVersion: "1.1.0",
    synthetic: false,
    provenance: {
      command: [],
      packages: {},
      node: "20.19.0",
      platform: "linux x64",
      bootstrap: { seed: 0, draws: 1, level: 0.95 },
      inputs: [],
    },
    dataset: {
      name: dataset,
      clips,
      labels: ["a"],
      clipsPerLabel: [clips],
      majorityBaseline: { label: "a", accuracy: 1, interval },
    },
    models: [model],
    similarity: "cosine",
    ontology: "doktorski",
    experiments: {
      "zero-shot": ["muscall_prompt", "my_prompt"].map((promptSet) => ({ ...row, promptSet })),
      "audio-only": [
        { ...row, space: "joint_space", rule: "published" },
        { ...row, space: "joint_space", rule: "leave-one-out" },
        { ...row, space: "pre_joint", rule: "published" },
      ],
    },
    skipped: [],
  };
}

describe("the published numbers", () => {
  it("stand beside ours for the prompt sets and spaces that both have, by the study's own rule", () => {
    const [table] = publishedComparison(resultsWith());
    expect(toTerminal(table!).split("\n")).toEqual([
      "Ours beside the study's (ISMIR 2024, arXiv:2407.18058)",
      "",
      "  experiment | model      | prompt or space |  top-1 |  study |     F1 |  study | ROC-AUC |  study | PR-AUC |  study",
      "  ---------- + ---------- + --------------- + ------ + ------ + ------ + ------ + ------- + ------ + ------ + ------",
      "  zero-shot  | music-clap | muscall_prompt  | 0.5000 | 0.4528 | 0.2500 | 0.4207 |  0.7500 | 0.8760 | 0.3750 | 0.4389",
      "  audio-only | music-clap | joint_space     | 0.5000 | 0.8929 | 0.2500 | 0.8926 |  0.7500 | 0.9805 | 0.3750 | 0.8115",
      "",
    ]);
  });

  it("are written in full, with the difference and the file of the study", () => {
    const [, table] = publishedComparison(resultsWith());
    const lines = toCsv(table!).split("\n");
    expect(lines[0]).toBe("experiment,model,prompt or space,score,ours,published,difference,source");
    expect(lines[1]).toBe(
      `zero-shot,music-clap,muscall_prompt,top-1,0.5,0.4527978029522829,${0.5 - 0.4527978029522829},` +
        "evaluation_output/zeroshot_baseline/music_laion_clap.csv",
    );
    expect(lines).toHaveLength(1 + 2 * 8 + 1);
  });

  it("are those of the study's name for the model, too, and end the main tables", () => {
    expect(publishedComparison(resultsWith({ model: "music_laion_clap" }))).toHaveLength(2);
    expect(mainTables(resultsWith()).at(-1)!.name).toBe("published-comparison");
  });

  it("come with what is not alike", () => {
    const results = { ...resultsWith({ clips: 2273 }), similarity: "dot" as const };
    const row = { ...results.experiments["zero-shot"]![0]!, promptSet: "definition" };
    const [table] = publishedComparison({ ...results, experiments: { "zero-shot": [row] } });
    expect(table!.caption).toBe(
      "Ours beside the study's (ISMIR 2024, arXiv:2407.18058). Note: it has 2913 clips, this run 2273; its similarity is cosine, " +
        "this run's dot; the texts of definition that irec has are not the study's",
    );
  });

  it("are left out for other models and other data sets", () => {
    expect(publishedComparison(resultsWith({ model: "music-speech-clap" }))).toEqual([]);
    expect(publishedComparison(resultsWith({ dataset: "nsynth" }))).toEqual([]);
    expect(publishedComparison({ ...resultsWith(), dataset: null })).toEqual([]);
  });
});

describe.skipIf(!reference)(`against the study's files${needsReference}`, () => {
  it("every number is that of its file", () => {
    for (const { source, rows } of PUBLISHED_STUDY.tables) {
      const lines = readFileSync(referencePath(source), "utf8").trim().split(/\r?\n/).slice(1);
      const read = lines.map((line) => [line.split(",")[1], line.split(",").slice(2).map(Number)] as const);
      expect(Object.fromEntries(read), source).toEqual(rows);
    }
  });

  it("the study's own embeddings give the study's own numbers", async () => {
    const results = await evaluate({
      embeddings: referencePath("model_embeddings"),
      groundTruth: referencePath("tinysol_groundtruth_reordered.csv"),
      experiments: ["audio-only"],
    });
    const [, table] = publishedComparison(results);
    expect(table!.rows.map(([, model, what, name]) => [model, what, name])).toEqual(
      PUBLISHED_STUDY.columns.map((name) => ["muscall", "pre_joint", name]),
    );
    // The study summed in float32, which moves the seventh digit.
    for (const row of table!.rows) expect(Math.abs(row[6] as number)).toBeLessThan(1e-6);
  });
});
