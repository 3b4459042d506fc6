import { describe, expect, it } from "vitest";
import { summarySentences } from "../../src/report/summary-sentences.ts";
import type { Interval, Results } from "../../src/results/results.ts";

const over = (unit: Interval["unit"]) => (low: number, high: number) => ({ low, high, level: 0.95, unit });
const clips = over("clip");
const anchors = over("anchor");

/** Of rows only what sentences are made of. */
function results(experiments: unknown, rest: Partial<Results> = {}): Results {
  return {
    models: ["clap"],
    similarity: "cosine",
    ontology: "doktorski",
    skipped: [],
    dataset: {
      name: "tinysol",
      clips: 2913,
      labels: ["violin", "viola", "tuba"],
      clipsPerLabel: [1000, 1000, 913],
      majorityBaseline: { label: "violin", accuracy: 0.343, interval: clips(0.33, 0.36) },
    },
    experiments,
    ...rest,
  } as Results;
}

/** The sentences under a question, with plain spaces. */
function sentencesOf(run: Results, question: string): readonly string[] {
  const found = summarySentences(run).find((finding) => finding.question === question);
  return (found?.sentences ?? []).map((sentence) => sentence.replaceAll("\u00a0", " "));
}

const zeroShot = (promptSet: string, top1: number, low: number, high: number) => ({
  model: "clap",
  promptSet,
  topK: [top1],
  intervals: { topK: [clips(low, high)] },
});

describe("the summary of a run in words", () => {
  it("says what was evaluated", () => {
    const run = results(
      { "zero-shot": [zeroShot("a", 0.5, 0.4, 0.6)] },
      {
        skipped: [{ experiment: "negation", model: "clap", reason: "no negated prompts" }],
      },
    );
    expect(sentencesOf(run, "What was evaluated?")).toEqual([
      "2,913 clips of tinysol with 3 labels; always answering “violin” is right for 34.3 % of them.",
      "1 model (clap), with 1 prompt set; embeddings are compared by cosine, instruments by the ontology doktorski.",
      "1 part was left out; the reasons are listed under “How it was made”.",
    ]);
  });

  it("leaves out what the run did not ask", () => {
    expect(summarySentences(results({})).map(({ question }) => question)).toEqual(["What was evaluated?"]);
  });

  it.each([
    [0.4, 0.6, "lies above"],
    [0.3, 0.6, "includes"],
    [0.343, 0.6, "includes"],
    [0.1, 0.2, "lies below"],
  ])("says on which side of the majority baseline an interval from %f to %f lies: %s", (low, high, side) => {
    const range = `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)} %`;
    expect(sentencesOf(results({ "zero-shot": [zeroShot("a", 0.5, low, high)] }), "Does text find audio?")).toEqual([
      `clap: the nearest prompt of “a” names the right label for 50.0 % (95 % interval by clip: ${range}) of the clips; ` +
        `the interval ${side} the 34.3 % of always answering “violin”.`,
    ]);
  });

  it("of several prompt sets, gives the lowest and the highest, and how many intervals clear the baseline", () => {
    const rows = [zeroShot("a", 0.5, 0.4, 0.6), zeroShot("b", 0.2, 0.1, 0.3), zeroShot("c", 0.35, 0.3, 0.4)];
    expect(sentencesOf(results({ "zero-shot": rows }), "Does text find audio?")).toEqual([
      "clap: the nearest prompt names the right label for 20.0 % (95 % interval by clip: 10.0 to 30.0 %) of the clips with the " +
        "prompt set “b” and for 50.0 % (40.0 to 60.0 %) with “a”, the lowest and the highest of 3 prompt sets. Of the 3 intervals, " +
        "1 lies above, 1 includes and 1 lies below the 34.3 % of always answering “violin”.",
    ]);
  });

  it("says so when all intervals lie on one side", () => {
    const rows = [zeroShot("a", 0.5, 0.4, 0.6), zeroShot("b", 0.45, 0.4, 0.5)];
    const [sentence] = sentencesOf(results({ "zero-shot": rows }), "Does text find audio?");
    expect(sentence).toMatch(/ 2 prompt sets\. All 2 intervals lie above the 34\.3 % of always answering “violin”\.$/);
  });

  it("takes the strictest prototypes that the run has, before the projection first", () => {
    const row = (space: string, rule: string, top1: number) => ({
      ...{ model: "clap", space, rule, topK: [top1] },
      intervals: { topK: [clips(top1 - 0.05, top1 + 0.05)] },
    });
    const rows = [
      row("joint_space", "published", 0.95),
      row("joint_space", "leave-one-out", 0.8),
      row("pre_joint", "leave-one-out", 0.9),
    ];
    expect(sentencesOf(results({ "audio-only": rows }), "Does the audio tower tell instruments apart?")).toEqual([
      "clap: prototypes made of all other clips name the right label for 90.0 % (95 % interval by clip: 85.0 to 95.0 %) of the " +
        "clips before the projection and 80.0 % (75.0 to 85.0 %) of the clips in the joint space.",
    ]);
  });

  it("sets the corrected triplets beside the published ones", () => {
    const row = (space: string, rule: string, triplets: number, micro: number, low: number, high: number) => ({
      ...{ model: "clap", promptSet: "muscall_prompt", space, rule, triplets, micro },
      microInterval: anchors(low, high),
    });
    const rows = [
      row("pre_joint", "published-2024", 237, 0.48, 0.4, 0.56),
      row("joint_space", "published-2024", 237, 0.3, 0.2, 0.4),
      row("pre_joint", "lca", 686, 0.71, 0.63, 0.79),
      row("joint_space", "lca", 686, 0.72, 0.66, 0.8),
    ];
    expect(sentencesOf(results({ triplets: rows }), "Does the text tower know instruments?")).toEqual([
      "clap, “muscall_prompt”: of 686 triplets by lowest common ancestor, text orders as the ontology does 71.0 % (95 % interval by " +
        "anchor: 63.0 to 79.0 %) before the projection and 72.0 % (66.0 to 80.0 %) in the joint space; both intervals lie above " +
        "50 %, what a coin gets right.",
      "clap, “muscall_prompt”: of 237 triplets by the published rule, text is called right on 48.0 % (95 % interval by anchor: 40.0 " +
        "to 56.0 %) before the projection and 30.0 % (20.0 to 40.0 %) in the joint space; the first interval includes, the second " +
        "lies below 50 %, what a coin gets right.",
    ]);
  });

  it("says how often “no X” wins for audio, and how often it is nearer for text", () => {
    const run = results({
      "positive-negative": [
        {
          ...{ model: "clap", promptSet: "muscall_prompt", negatedPromptSet: "negative", negatedWins: 0.61 },
          intervals: { negatedWins: clips(0.55, 0.67) },
        },
      ],
      negation: [
        {
          ...{ model: "clap", promptSet: "p", negatedPromptSet: "n", space: "joint_space", pairs: 182 },
          noAnchorAccuracy: 0.004,
          intervals: { noAnchorAccuracy: anchors(0, 0.02) },
        },
      ],
    });
    expect(sentencesOf(run, "Does audio tell “X” from “no X”?")).toEqual([
      "clap: 61.0 % (95 % interval by clip: 55.0 to 67.0 %) of the clips are nearer to the prompt of their own label in “negative” " +
        "than to that in “muscall_prompt”; the interval lies above 50 %.",
    ]);
    expect(sentencesOf(run, "Does text tell “X” from “no X”?")).toEqual([
      "clap, “p” and “n”: of 182 pairs of labels X and Y, “Y” is nearer to “X” than “no X” is in 0.4 % (95 % interval by anchor: " +
        "0.0 to 2.0 %) in the joint space.",
    ]);
  });

  it("says where the points are lost, and that a part is not known when it is not", () => {
    const ladder = {
      ...{ measure: "balanced-accuracy", labels: "held-out", zeroShot: 0.24, projection: 0.1, text: 0.36, audio: null },
      intervals: { zeroShot: clips(0.22, 0.26), projection: clips(0.08, 0.12), text: clips(0.3, 0.4), audio: null },
    };
    const run = results({ attribution: [{ model: "clap", promptSet: "muscall_prompt", ladders: [ladder] }] });
    expect(sentencesOf(run, "Where are the points lost?")).toEqual([
      "clap, “muscall_prompt”: of all balanced accuracy, 24.0 % (95 % interval by clip: 22.0 to 26.0 %) is reached, 10.0 % (8.0 to " +
        "12.0 %) is lost in the projection, 36.0 % (30.0 to 40.0 %) in the text tower and an unknown share in the audio tower, as " +
        "far as stand-ins fitted on other labels can tell.",
    ]);
  });
});
