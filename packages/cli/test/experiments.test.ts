import { join } from "node:path";
import { type SimilarityKind, xoshiro128 } from "@irec/metrics";
import { doktorski, parseTaxonomy, tinysolTerms } from "@irec/ontology";
import { describe, expect, it } from "vitest";
import { type EvaluateOptions, evaluate } from "../src/evaluate.ts";
import { ClipResampling } from "../src/experiments/resampling.ts";
import type { Results } from "../src/results/results.ts";
import { centroid, mean, naiveClassification, similarities } from "./naive-scores.ts";
import { nearly } from "./nearly.ts";
import { headerText, npyFile } from "./npy-bytes.ts";
import {
  type ModelFolder,
  npyOf,
  type Rows,
  randomRows,
  writeMetadata,
  writeOneHot,
  writeStore,
} from "./small-store.ts";
import { put, temporaryFolders } from "./temp-folder.ts";
import { withoutIntervals } from "./without-intervals.ts";

const newFolder = temporaryFolders();

/** TinySOL's instruments in words of their own and out of order. */
const labels = [
  "oboe",
  "cello",
  "Bass Tuba",
  "flute",
  "violin",
  "trumpet in C",
  "viola",
  "alto saxophone",
  "accordion",
].concat(["French horn", "double bass", "bassoon", "trombone", "clarinet in B-flat"]);
const clips = [...Array(60).keys()].map((i) => ({ own: (i * 5) % 14, fold: i % 3 }));
const classes = clips.map(({ own }) => own);

function randomModel(seed: number): ModelFolder & { arrays: Record<string, Rows> } {
  return {
    arrays: {
      "audio/joint_space/d": randomRows(seed, 60, 6),
      "audio/pre_joint/d": randomRows(seed + 1, 60, 9),
      "text/joint_space/muscall_prompt": randomRows(seed + 2, 14, 6),
      "text/joint_space/negative_muscall_prompts": randomRows(seed + 3, 14, 6),
      "text/joint_space/another": randomRows(seed + 4, 14, 6),
      "text/pre_joint/muscall_prompt": randomRows(seed + 5, 14, 8),
      "text/pre_joint/negative_muscall_prompts": randomRows(seed + 6, 14, 8),
    },
  };
}
const models = { first: randomModel(100), second: randomModel(200) };
const kinds: readonly SimilarityKind[] = ["cosine", "dot", "euclidean", "manhattan", "angular", "pearson"];

async function evaluated(
  options: Partial<EvaluateOptions> = {},
  stored: Record<string, ModelFolder> = models,
): Promise<Results> {
  const folder = newFolder();
  const embeddings = writeStore(folder, stored);
  return evaluate({ embeddings, groundTruth: writeOneHot(folder, labels, classes), draws: 50, ...options });
}

describe.each(kinds)("with %s similarity, recomputed from the definitions", (similarity) => {
  const results = evaluated({
    similarity,
    experiments: ["zero-shot", "audio-only", "triplets", "positive-negative", "negation"],
  });

  it("zero-shot has one row a model and prompt set, with every score", async () => {
    const expected = Object.entries(models).flatMap(([model, { arrays }]) =>
      ["muscall_prompt", "another", "negative_muscall_prompts"].map((promptSet) => {
        const scores = similarities(
          arrays["audio/joint_space/d"]!,
          arrays[`text/joint_space/${promptSet}`]!,
          similarity,
        );
        return { model, promptSet, ...naiveClassification(scores, classes, labels) };
      }),
    );
    expect(withoutIntervals((await results).experiments["zero-shot"])).toEqual(nearly(expected));
  });

  it("audio-only has the published rule and leave-one-out, in both spaces", async () => {
    const expected = Object.entries(models).flatMap(([model, { arrays }]) =>
      ["pre_joint", "joint_space"].flatMap((space) => {
        const audio = arrays[`audio/${space}/d`]!;
        const rule = (name: string, centroidsFor: (clip: number) => Rows) => {
          const scores = audio.map((row, i) => similarities([row], centroidsFor(i), similarity)[0]!);
          return { model, space, rule: name, ...naiveClassification(scores, classes, labels) };
        };
        const members = (c: number, keep: (clip: number) => boolean) =>
          audio.filter((_, j) => classes[j] === c && keep(j));
        return [
          rule("published", () => labels.map((_, c) => centroid(members(c, () => true)))),
          rule("leave-one-out", (i) => labels.map((_, c) => centroid(members(c, (j) => j !== i)))),
        ];
      }),
    );
    expect(withoutIntervals((await results).experiments["audio-only"])).toEqual(nearly(expected));
  });

  it("triplets count each rule's triplets, right, tied, by anchor and by meeting node", async () => {
    const expected = Object.entries(models).flatMap(([model, { arrays }]) =>
      [
        ["muscall_prompt", "pre_joint"],
        ["muscall_prompt", "joint_space"],
        ["negative_muscall_prompts", "pre_joint"],
        ["negative_muscall_prompts", "joint_space"],
        ["another", "joint_space"],
      ].flatMap(([promptSet, space]) => {
        const text = arrays[`text/${space}/${promptSet}`]!;
        const scores = similarities(text, text, similarity);
        return Object.entries(allTriplets).map(([rule, triplets]) => ({
          ...{ model, space, promptSet, rule },
          ...naiveTripletScores(scores, triplets),
          microInterval: expect.anything(),
          macroInterval: expect.anything(),
        }));
      }),
    );
    const rows = (await results).experiments.triplets!;
    expect(rows).toHaveLength(expected.length);
    for (const [i, row] of rows.entries()) {
      const { microInterval, macroInterval, ...rest } = expected[i]!;
      expect(row).toEqual({ ...(nearly(rest) as object), microInterval, macroInterval });
    }
  });

  it("positive-negative compares each clip's own prompt with its negation, and with all prompts", async () => {
    const expected = Object.entries(models).map(([model, { arrays }]) => {
      const audio = arrays["audio/joint_space/d"]!;
      const toPositive = similarities(audio, arrays["text/joint_space/muscall_prompt"]!, similarity);
      const toNegated = similarities(audio, arrays["text/joint_space/negative_muscall_prompts"]!, similarity);
      const margin = classes.map((own, i) => toPositive[i]![own]! - toNegated[i]![own]!);
      const nearest = classes.map((_, i) => {
        const all = [...toPositive[i]!, ...toNegated[i]!];
        return all.indexOf(Math.max(...all));
      });
      const of = (own: number) => margin.filter((_, i) => classes[i] === own);
      return {
        ...{ model, promptSet: "muscall_prompt", negatedPromptSet: "negative_muscall_prompts", clips: 60 },
        negatedWins: mean(margin.map((m) => Number(m < 0))),
        tied: 0,
        meanMargin: mean(margin),
        nearestIsNegated: mean(nearest.map((k) => Number(k >= 14))),
        nearestIsOwn: mean(nearest.map((k, i) => Number(k === classes[i]))),
        perClass: labels.map((label, c) => ({
          ...{ label, clips: of(c).length },
          ...{ negatedWins: mean(of(c).map((m) => Number(m < 0))), meanMargin: mean(of(c)) },
        })),
      };
    });
    expect(withoutIntervals((await results).experiments["positive-negative"])).toEqual(nearly(expected));
  });

  it("negation compares every other label with the two negated prompts of a pair", async () => {
    const expected = Object.entries(models).flatMap(([model, { arrays }]) =>
      ["pre_joint", "joint_space"].map((space) => {
        const text = arrays[`text/${space}/muscall_prompt`]!;
        const toPositive = similarities(text, text, similarity);
        const toNegated = similarities(text, arrays[`text/${space}/negative_muscall_prompts`]!, similarity);
        const pairs = labels.flatMap((_, x) => labels.flatMap((_, y) => (x === y ? [] : [[x, y] as const])));
        const perLabel = labels.map((label, x) => {
          const others = toPositive[x]!.filter((_, y) => y !== x);
          return {
            label,
            similarityToOwnNegation: toNegated[x]![x]!,
            meanSimilarityToOthers: mean(others),
            othersFartherThanNegation: others.filter((s) => s < toNegated[x]![x]!).length,
          };
        });
        return {
          ...{ model, space, promptSet: "muscall_prompt", negatedPromptSet: "negative_muscall_prompts" },
          pairs: 14 * 13,
          noAnchorAccuracy: mean(pairs.map(([x, y]) => Number(toPositive[x]![y]! > toNegated[x]![x]!))),
          noPositiveAccuracy: mean(pairs.map(([x, y]) => Number(toPositive[x]![y]! > toNegated[x]![y]!))),
          ...{ noAnchorTies: 0, noPositiveTies: 0 },
          meanSimilarityToOwnNegation: mean(perLabel.map((row) => row.similarityToOwnNegation)),
          meanSimilarityToOthers: mean(perLabel.map((row) => row.meanSimilarityToOthers)),
          perLabel,
        };
      }),
    );
    expect(withoutIntervals((await results).experiments.negation)).toEqual(nearly(expected));
  });

  it("only what the store lacks is skipped", async () => {
    expect((await results).skipped).toEqual(
      ["first", "second"].map((model) => ({
        ...{ experiment: "triplets", model, space: "pre_joint", promptSet: "another" },
        reason: "the store has no text/pre_joint/another.npy for it",
      })),
    );
  });
});

type Triplet = readonly [anchor: number, positive: number, negative: number];

/** The triplets of all rules by the definitions of the ontology's paths, as indices into `labels`. */
function naiveTriplets(): Record<string, readonly Triplet[]> {
  const nodes = labels.map((label) => doktorski.find(label));
  const common = (a: readonly string[], b: readonly string[]) => {
    const end = a.findIndex((name, i) => name !== b[i]);
    return end === -1 ? a.length : end;
  };
  const names = nodes.map((node) => node.id.split("/"));
  const n = labels.length;
  const all = [...Array(n ** 3).keys()].map((k) => [Math.floor(k / n / n), Math.floor(k / n) % n, k % n] as const);
  const distinct = all.filter(([a, p, q]) => a !== p && a !== q && p !== q);
  const lca = (x: number, y: number) => common(names[x]!, names[y]!) - 1;
  const edges = (x: number, y: number) => names[x]!.length + names[y]!.length - 2 * common(names[x]!, names[y]!);
  // Wu-Palmer is 2 common / (length + length); compared as a / b > c / d by a d > c b.
  const lengths = (x: number, y: number) => names[x]!.length + names[y]!.length;
  const inStudyOrder = tinysolTerms.map((term) => nodes.indexOf(term));
  const published = distinct
    .filter(([a, p, q]) => a < p && a < q)
    .map(([a, p, q]) => [inStudyOrder[a]!, inStudyOrder[p]!, inStudyOrder[q]!] as const)
    .filter(([a, p, q]) => {
      const distance = (x: number, y: number) => (common(names[x]!, names[y]!) === 1 ? -1 : edges(x, y));
      return distance(a, p) > -1 && distance(a, p) > distance(a, q);
    });
  return {
    "published-2024": published,
    lca: distinct.filter(([a, p, q]) => lca(a, p) > lca(a, q)),
    path: distinct.filter(([a, p, q]) => edges(a, p) < edges(a, q)),
    "wu-palmer": distinct.filter(([a, p, q]) => (lca(a, p) + 1) * lengths(a, q) > (lca(a, q) + 1) * lengths(a, p)),
  };
}

const allTriplets = naiveTriplets();

it("has the golden number of triplets for each rule in the naive version too", () => {
  expect(Object.values(allTriplets).map((triplets) => triplets.length)).toEqual([237, 686, 686, 722]);
});

/** The id of the node at which two labels meet. */
const meeting = labels.map((a) =>
  labels.map((b) => {
    const [x, y] = [doktorski.find(a).id.split("/"), doktorski.find(b).id.split("/")];
    return x.filter((_, i) => x.slice(0, i + 1).join("/") === y.slice(0, i + 1).join("/")).join("/");
  }),
);

function naiveTripletScores(scores: Rows, triplets: readonly Triplet[]) {
  const counts = (of: readonly Triplet[]) => ({
    triplets: of.length,
    correct: of.filter(([a, p, q]) => scores[a]![p]! > scores[a]![q]!).length,
    ties: of.filter(([a, p, q]) => scores[a]![p]! === scores[a]![q]!).length,
  });
  const perAnchor = labels
    .map((label, a) => ({ label, ...counts(triplets.filter((t) => t[0] === a)) }))
    .filter((row) => row.triplets > 0);
  const perNode = doktorski.nodes
    .map(({ id, label }) => ({ node: id, label, ...counts(triplets.filter(([a, p]) => meeting[a]![p] === id)) }))
    .filter((row) => row.triplets > 0);
  const all = counts(triplets);
  return {
    ...all,
    micro: all.correct / all.triplets,
    macro: mean(perAnchor.map((row) => row.correct / row.triplets)),
    perAnchor,
    perNode,
  };
}

it("makes by-fold centroids from the clips of the other official folds", async () => {
  const folder = newFolder();
  const own = labels.flatMap((_, c) => [...Array(6).keys()].map((i) => ({ own: c, fold: i % 3 })));
  const audio = randomRows(5, own.length, 7);
  const results = await evaluate({
    embeddings: writeStore(folder, { m: { arrays: { "audio/pre_joint/d": audio } } }),
    groundTruth: writeMetadata(folder, labels, own),
    experiments: ["audio-only"],
  });
  const row = results.experiments["audio-only"]!.find(({ rule }) => rule === "by-fold")!;
  // Classes stand in the published order, whatever the words.
  const order = tinysolTerms.map((term) => labels.findIndex((label) => doktorski.find(label) === term));
  const scores = audio.map((clip, i) => {
    const centroids = order.map((c) =>
      centroid(audio.filter((_, j) => own[j]!.own === c && own[j]!.fold !== own[i]!.fold)),
    );
    return similarities([clip], centroids, "cosine")[0]!;
  });
  const inOrder = own.map((clip) => order.indexOf(clip.own));
  const { perClass, ...rest } = naiveClassification(
    scores,
    inOrder,
    row.perClass.map(({ label }) => label),
  );
  expect(withoutIntervals(row)).toEqual({
    model: "m",
    space: "pre_joint",
    rule: "by-fold",
    ...(nearly({ ...rest, perClass }) as object),
  });
  expect(row.perClass.map(({ label }) => doktorski.find(label))).toEqual(tinysolTerms);
});

describe("exact ties", () => {
  // Whole numbers and dot products: every similarity is exact.
  const axes: Rows = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  const three = ["violin", "viola", "flute"];

  it("count against top-k as in scikit-learn, go to the first label in the confusion counts, and half in ROC-AUC", async () => {
    const folder = newFolder();
    const audio: Rows = [
      [1, 1, 1],
      [2, 2, 0],
      [0, 3, 3],
    ];
    const results = await evaluate({
      embeddings: writeStore(folder, { m: { arrays: { "audio/joint_space/d": audio, "text/joint_space/p": axes } } }),
      groundTruth: writeOneHot(folder, three, [0, 1, 2]),
      similarity: "dot",
      experiments: ["zero-shot"],
    });
    const [row] = results.experiments["zero-shot"]!;
    // Ranks: violin of (1 1 1) is third, viola of (2 2 0) first, flute of (0 3 3) first: of equals the later label leads.
    expect(row!.topK).toEqual([2 / 3, 2 / 3]);
    expect(row!.confusion).toEqual([
      [1, 0, 0],
      [1, 0, 0],
      [0, 1, 0],
    ]);
    // violin scores 1 against 2 and 0: 1/2; viola 2 against 1 and 3: 1/2; flute 3 against 1 and 0: 1.
    expect(row!.perClass.map(({ rocAuc }) => rocAuc)).toEqual([0.5, 0.5, 1]);
  });

  it("are wrong triplets, counted as ties", async () => {
    const folder = newFolder();
    const results = await evaluate({
      embeddings: writeStore(folder, { m: { arrays: { "text/pre_joint/p": axes } } }),
      groundTruth: writeOneHot(folder, three, [0, 1, 2]),
      experiments: ["triplets"],
    });
    const lca = results.experiments.triplets!.find(({ rule }) => rule === "lca")!;
    // (violin, viola, flute) and (viola, violin, flute), both with similarities 0 and 0.
    expect(lca).toMatchObject({ triplets: 2, correct: 0, ties: 2, micro: 0, macro: 0 });
    expect(lca.perAnchor).toEqual(["violin", "viola"].map((label) => ({ label, triplets: 1, correct: 0, ties: 1 })));
    expect(lca.perNode).toEqual([
      {
        node: "instrument/stringed/bowed",
        label: doktorski.get("instrument/stringed/bowed").label,
        triplets: 2,
        correct: 0,
        ties: 2,
      },
    ]);
  });

  it("between a prompt and its negation are neither wins nor lost, and the positive prompt is the nearest", async () => {
    const folder = newFolder();
    const arrays = {
      "audio/joint_space/d": axes,
      "text/joint_space/muscall_prompt": axes,
      "text/joint_space/negative_muscall_prompts": axes,
    };
    const results = await evaluate({
      embeddings: writeStore(folder, { m: { arrays } }),
      groundTruth: writeOneHot(folder, three, [0, 1, 0]),
      similarity: "dot",
    });
    expect(results.experiments["positive-negative"]![0]).toMatchObject({
      ...{ negatedWins: 0, tied: 1, meanMargin: 0, nearestIsNegated: 0, nearestIsOwn: 2 / 3 },
      perClass: [
        { label: "violin", clips: 2, negatedWins: 0, meanMargin: 0 },
        { label: "viola", clips: 1, negatedWins: 0, meanMargin: 0 },
        { label: "flute", clips: 0, negatedWins: null, meanMargin: null },
      ],
    });
    // sim(X, Y) = 0 for X != Y, sim(X, no X) = 1, sim(X, no Y) = 0: never nearer than no X, always as near as no Y.
    expect(results.experiments.negation![0]).toMatchObject({
      ...{ pairs: 6, noAnchorAccuracy: 0, noAnchorTies: 0, noPositiveAccuracy: 0, noPositiveTies: 6 },
    });
  });
});

describe("labels without clips", () => {
  const folder = newFolder();
  const audio = randomRows(1, 6, 4);
  const text = randomRows(2, 4, 4);
  const words = ["violin", "viola", "flute", "oboe"];
  const own = [0, 2, 0, 3, 2, 3];
  const results = evaluate({
    embeddings: writeStore(folder, { m: { arrays: { "audio/joint_space/d": audio, "text/joint_space/p": text } } }),
    groundTruth: writeOneHot(folder, words, own),
  });

  it("stay answers in zero-shot, with null where a score has no value, and outside the macro averages", async () => {
    const [row] = (await results).experiments["zero-shot"]!;
    expect(withoutIntervals(row)).toEqual({
      ...{ model: "m", promptSet: "p" },
      ...(nearly(naiveClassification(similarities(audio, text, "cosine"), own, words)) as object),
    });
    expect(row!.perClass[1]).toMatchObject({
      label: "viola",
      clips: 0,
      recall: null,
      rocAuc: null,
      averagePrecision: null,
      intervals: { recall: null, rocAuc: null, averagePrecision: null },
    });
  });

  it("have no centroid and take no part in audio-only", async () => {
    const [published, leaveOneOut] = (await results).experiments["audio-only"]!;
    const present = [0, 2, 3];
    const centroids = present.map((c) => centroid(audio.filter((_, i) => own[i] === c)));
    expect(withoutIntervals(published)).toEqual({
      ...{ model: "m", space: "joint_space", rule: "published" },
      ...(nearly(
        naiveClassification(
          similarities(audio, centroids, "cosine"),
          own.map((c) => present.indexOf(c)),
          ["violin", "flute", "oboe"],
        ),
      ) as object),
    });
    expect(leaveOneOut!.perClass.map(({ label }) => label)).toEqual(["violin", "flute", "oboe"]);
  });

  it("are counted as 0 in the summary of the data set", async () => {
    expect(withoutIntervals((await results).dataset)).toEqual({
      ...{ name: "d", clips: 6, labels: words, clipsPerLabel: [2, 0, 2, 2] },
      majorityBaseline: { label: "violin", accuracy: 1 / 3 },
    });
  });
});

describe("what has no value is skipped with its reason, not a failure:", () => {
  const skipsOf = async (
    arrays: Record<string, Rows>,
    words: readonly string[],
    own: readonly number[],
    options = {},
  ) => {
    const folder = newFolder();
    const results = await evaluate({
      embeddings: writeStore(folder, { m: { arrays } }),
      groundTruth: writeOneHot(folder, words, own),
      draws: 10,
      ...options,
    });
    return { results, reasons: results.skipped.map(({ experiment, reason }) => `${experiment}: ${reason}`) };
  };

  it("clips of a single label", async () => {
    const arrays = { "audio/joint_space/d": randomRows(1, 3, 4), "text/joint_space/p": randomRows(2, 2, 4) };
    const { reasons, results } = await skipsOf(arrays, ["violin", "flute"], [1, 1, 1]);
    expect(reasons).toEqual(
      expect.arrayContaining([
        'zero-shot: all clips are "flute"; a score needs clips of at least two labels',
        'audio-only: all clips are "flute"; a score needs clips of at least two labels',
        "triplets: a triplet needs three labels, there are 2",
      ]),
    );
    expect(Object.keys(results.experiments)).toEqual(["space"]);
  });

  it("labels that are all equally similar in the ontology", async () => {
    const { reasons } = await skipsOf(
      { "text/joint_space/p": randomRows(2, 3, 4) },
      ["violin", "viola", "cello"],
      [0, 1, 2],
    );
    expect(reasons.filter((reason) => reason.startsWith("triplets"))).toEqual([
      "triplets: the store has no text/pre_joint/p.npy for it",
      ...["lca", "path", "wu-palmer"].map((rule) => `triplets: its labels make no triplet by the rule ${rule}`),
    ]);
  });

  it("a label that is like nothing in the ontology, and two labels of one instrument", async () => {
    const foreign = await skipsOf(
      { "text/joint_space/p": randomRows(2, 3, 4) },
      ["violin", "female singer", "flute"],
      [0, 1, 2],
    );
    expect(foreign.reasons.join()).toContain('triplets: taxonomy "doktorski" has no term "female singer"');
    const same = await skipsOf(
      { "text/joint_space/p": randomRows(2, 3, 4) },
      ["cello", "violoncello", "flute"],
      [0, 1, 2],
    );
    expect(same.reasons).toContain('triplets: "cello" and "violoncello" are the same instrument');
  });

  it("a label with a single clip, for leave-one-out only", async () => {
    const { reasons, results } = await skipsOf(
      { "audio/pre_joint/d": randomRows(1, 5, 4) },
      ["violin", "flute"],
      [0, 0, 1, 0, 0],
    );
    expect(reasons).toContain('audio-only: leave-one-out: "flute" has a single clip');
    expect(results.experiments["audio-only"]!.map(({ rule }) => rule)).toEqual(["published"]);
  });

  it("a label whose clips are all in one fold, for by-fold only", async () => {
    const folder = newFolder();
    const spread = [
      { own: 0, fold: 1 },
      { own: 0, fold: 2 },
      { own: 1, fold: 1 },
      { own: 1, fold: 1 },
    ];
    const results = await evaluate({
      embeddings: writeStore(folder, { m: { arrays: { "audio/pre_joint/d": randomRows(1, 4, 4) } } }),
      groundTruth: writeMetadata(folder, ["piano", "guitar"], spread),
      experiments: ["audio-only"],
    });
    expect(results.skipped.map(({ reason }) => reason)).toContain('by-fold: "guitar" has no clips outside fold 1');
    expect(results.experiments["audio-only"]!.map(({ rule }) => rule)).toEqual(["published", "leave-one-out"]);
  });

  it("a centroid without direction, because its clips cancel out", async () => {
    const audio = [
      [1, 2],
      [-1, -2],
      [3, 1],
      [2, 1],
    ];
    const { reasons, results } = await skipsOf({ "audio/pre_joint/d": audio }, ["violin", "flute"], [0, 0, 1, 1]);
    expect(reasons.slice(0, 3)).toContain(
      'audio-only: published: the centroid of "violin" has no direction: its clips cancel out, and cosine similarity needs one',
    );
    expect(results.experiments["audio-only"]).toBeUndefined();
    const dot = await skipsOf({ "audio/pre_joint/d": audio }, ["violin", "flute"], [0, 0, 1, 1], { similarity: "dot" });
    expect(dot.results.experiments["audio-only"]!.map(({ rule }) => rule)).toEqual(["published", "leave-one-out"]);
  });

  it("a centroid without direction once a clip is left out of it", async () => {
    const audio = [
      [1, 2],
      [-1, -2],
      [5, 0],
      [3, 1],
      [2, 1],
    ];
    const { reasons } = await skipsOf({ "audio/pre_joint/d": audio }, ["violin", "flute"], [0, 0, 0, 1, 1]);
    expect(reasons).toContain(
      "audio-only: leave-one-out: the centroid that lacks the clip of row 2 has no direction: its clips cancel out, and cosine similarity needs one",
    );
  });

  it("one negated prompt set of two whose labels differ; the other is scored", async () => {
    const folder = newFolder();
    const words = ["violin", "viola", "flute"];
    const set = (names: readonly string[], negates?: string) => ({ labels: names, ...(negates ? { negates } : {}) });
    const arrays = Object.fromEntries(
      ["a", "no-a", "b", "no-b"].map((name, i) => [`text/joint_space/${name}`, randomRows(i, 3, 4)]),
    );
    const promptSets = {
      a: set(words),
      "no-a": set(["violin", "viola", "oboe"], "a"),
      b: set(words),
      "no-b": set(words, "b"),
    };
    const manifest = { schemaVersion: 1, model: "m", datasets: {}, promptSets };
    const results = await evaluate({
      embeddings: writeStore(folder, {
        m: { arrays: { ...arrays, "audio/joint_space/d": randomRows(9, 6, 4) }, manifest },
      }),
      groundTruth: writeOneHot(folder, words, [0, 1, 2, 0, 1, 2]),
      experiments: ["positive-negative", "negation"],
    });
    expect(results.experiments.negation!.map(({ promptSet }) => promptSet)).toEqual(["b"]);
    expect(results.experiments["positive-negative"]!.map(({ promptSet }) => promptSet)).toEqual(["b"]);
    expect(results.skipped).toEqual(
      expect.arrayContaining([
        {
          experiment: "positive-negative",
          model: "m",
          promptSet: "a",
          reason: 'its labels lack "flute" of the ground truth',
        },
        {
          experiment: "negation",
          model: "m",
          space: "joint_space",
          promptSet: "a",
          reason: "a and no-a do not have the same labels in the same order",
        },
      ]),
    );
  });
});

it("gives the same zero-shot scores however few prompt sets are scored in one pass over the audio", async () => {
  // 60 clips x 14 labels x 8 bytes = 6,720 bytes a prompt set: all three at once, two at a time, one at a time.
  const [all, two, one] = await Promise.all([1 << 20, 14_000, 1].map((scoreBytes) => evaluated({ scoreBytes })));
  expect(two!.experiments).toEqual(all!.experiments);
  expect(one!.experiments).toEqual(all!.experiments);
});

it("gives the same scores whether the audio comes in several blocks of rows or, column by column, in one", async () => {
  const count = 20_000; // 8 columns of 8 bytes: two blocks of 1 MiB, and far less than the 64 MiB of a column-major block
  const audio = randomRows(11, count, 8);
  const own = audio.map((_, i) => ({ own: (i * 5) % 14, fold: i % 3 }));
  const columnMajor = audio[0]!.flatMap((_, j) => audio.map((row) => row[j]!));
  const text = {
    "text/joint_space/muscall_prompt": randomRows(12, 14, 8),
    "text/joint_space/negative_muscall_prompts": randomRows(13, 14, 8),
  };
  const [blocks, whole] = await Promise.all(
    [
      npyOf(audio),
      npyFile(
        headerText({ descr: "'<f8'", order: "True", shape: `(${count}, 8)` }),
        new Uint8Array(Float64Array.from(columnMajor).buffer),
      ),
    ].map(async (bytes) => {
      const folder = newFolder();
      const embeddings = writeStore(folder, { m: { arrays: text } });
      put(join(embeddings, "m/audio/joint_space/d.npy"), bytes);
      return evaluate({ embeddings, groundTruth: writeMetadata(folder, labels, own), draws: 5 });
    }),
  );
  expect(Object.keys(blocks!.experiments)).toEqual([
    "zero-shot",
    "audio-only",
    "triplets",
    "positive-negative",
    "negation",
    "attribution",
    "audio-negation",
    "space",
    "cross-modal",
    "ontology-map",
  ]);
  expect(blocks!.experiments["audio-only"]!.map(({ rule }) => rule)).toEqual(["published", "leave-one-out", "by-fold"]);
  expect(whole!.experiments).toEqual(blocks!.experiments);
});

describe("an own ontology", () => {
  const ontology = parseTaxonomy("id,parent\nall,\nhigh,all\nlow,all\na,high\nb,high\nc,low\nd,low\n", {
    format: "csv",
    fileName: "own.csv",
  });

  it("gives its own triplets by the three rules, and not the published ones", async () => {
    const folder = newFolder();
    const text = [
      [1, 0],
      [1, 0.1],
      [0, 1],
      [0.1, 1],
    ];
    const results = await evaluate({
      embeddings: writeStore(folder, { m: { arrays: { "text/joint_space/p": text } } }),
      groundTruth: writeOneHot(folder, ["a", "b", "c", "d"], [0, 1, 2, 3]),
      ontology,
      experiments: ["triplets"],
    });
    expect(results.experiments.triplets!.map(({ rule, triplets, correct }) => [rule, triplets, correct])).toEqual([
      ["lca", 8, 8],
      ["path", 8, 8],
      ["wu-palmer", 8, 8],
    ]);
  });
});

describe("bootstrap intervals", () => {
  it("hold the estimate, have the level .95 over anchors, and depend on the seed alone", async () => {
    const run = (seed: number) => evaluated({ seed, draws: 200, experiments: ["triplets"] });
    const [zero, again, one] = await Promise.all([run(0), run(0), run(1)]);
    expect(again.experiments).toEqual(zero.experiments);
    expect(one.experiments).not.toEqual(zero.experiments);
    for (const row of zero.experiments.triplets!) {
      expect([row.microInterval.level, row.microInterval.unit]).toEqual([0.95, "anchor"]);
      expect(row.microInterval.low).toBeLessThan(row.micro);
      expect(row.microInterval.high).toBeGreaterThan(row.micro);
      expect(row.macroInterval.low).toBeLessThan(row.macro);
      expect(row.macroInterval.high).toBeGreaterThan(row.macro);
    }
    expect(zero.provenance.bootstrap).toEqual({ seed: 0, draws: 200, level: 0.95 });
  });
});

describe("the intervals of every number", () => {
  const draws = 60;
  const results = evaluated({ draws, seed: 3 }, { first: models.first });
  const { arrays } = models.first;
  const quantile = (values: readonly number[], q: number) => {
    const sorted = values.toSorted((a, b) => a - b);
    const place = (sorted.length - 1) * q;
    const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
    return low + (high - low) * (place % 1);
  };
  /** The 95 % interval of a number of n things, from every resample written out. */
  const naiveInterval = (n: number, unit: string, number: (drawn: readonly number[]) => number) => {
    const random = xoshiro128(3);
    const values = [...Array(draws)].map(() => number([...Array(n)].map(() => random.nextBelow(n))));
    return nearly({ low: quantile(values, 0.025), high: quantile(values, 0.975), level: 0.95, unit });
  };

  it("of zero-shot and audio-only come from the same resamples of clips, of a label's scores too", async () => {
    const { experiments } = await results;
    const joint = arrays["audio/joint_space/d"]!;
    const centroids = labels.map((_, c) => centroid(joint.filter((_clip, i) => classes[i] === c)));
    for (const [row, prototypes] of [
      [experiments["zero-shot"]![0]!, arrays["text/joint_space/muscall_prompt"]!],
      [
        experiments["audio-only"]!.find(({ rule, space }) => rule === "published" && space === "joint_space")!,
        centroids,
      ],
    ] as const) {
      const scores = similarities(joint, prototypes, "cosine");
      const of = (number: (naive: ReturnType<typeof naiveClassification>) => number) =>
        naiveInterval(60, "clip", (drawn) =>
          number(
            naiveClassification(
              drawn.map((i) => scores[i]!),
              drawn.map((i) => classes[i]!),
              labels,
            ),
          ),
        );
      expect(row.intervals).toEqual({
        topK: [0, 1, 2, 3, 4].map((k) => of(({ topK }) => topK[k]!)),
        f1Weighted: of((naive) => naive.f1Weighted),
        f1Macro: of((naive) => naive.f1Macro),
        rocAucMacro: of((naive) => naive.rocAucMacro),
        averagePrecisionMacro: of((naive) => naive.averagePrecisionMacro),
        balancedAccuracy: of((naive) => naive.balancedAccuracy),
      });
      expect(row.perClass[4]!.intervals.f1).toEqual(of(({ perClass }) => perClass[4]!.f1));
    }
  });

  it("of positive-negative come from clips, those of a label from its own; a resample without them is left out", async () => {
    const [row] = (await results).experiments["positive-negative"]!;
    const side = (name: string) =>
      similarities(arrays["audio/joint_space/d"]!, arrays[`text/joint_space/${name}`]!, "cosine");
    const [positive, negated] = [side("muscall_prompt"), side("negative_muscall_prompts")];
    const margins = classes.map((own, i) => positive[i]![own]! - negated[i]![own]!);
    const over = (values: readonly number[]) => (drawn: readonly number[]) => mean(drawn.map((i) => values[i]!));
    expect(row!.intervals.meanMargin).toEqual(naiveInterval(60, "clip", over(margins)));
    expect(row!.intervals.negatedWins).toEqual(naiveInterval(60, "clip", over(margins.map((m) => Number(m < 0)))));
    const random = xoshiro128(3);
    const ofLabel = [...Array(draws)].flatMap(() => {
      const drawn = [...Array(60)].map(() => random.nextBelow(60)).filter((i) => classes[i] === 0);
      return drawn.length === 0 ? [] : [over(margins)(drawn)];
    });
    const { meanMarginInterval } = row!.perClass[0]!;
    expect(meanMarginInterval).toMatchObject(nearly({ low: quantile(ofLabel, 0.025) }) as object);
    expect(meanMarginInterval!.undefinedDraws ?? 0).toBe(draws - ofLabel.length);
  });

  it("of negation come from labels, and of the majority baseline from clips", async () => {
    const { experiments, dataset } = await results;
    const [row] = experiments.negation!;
    expect(row!.intervals.meanSimilarityToOwnNegation).toEqual(
      naiveInterval(14, "anchor", (drawn) => mean(drawn.map((x) => row!.perLabel[x]!.similarityToOwnNegation))),
    );
    expect(row!.intervals.noAnchorAccuracy).toEqual(
      naiveInterval(14, "anchor", (drawn) =>
        mean(
          drawn.map((x) =>
            row!.perLabel[x]!.othersFartherThanNegation === 0
              ? 0
              : 1 - row!.perLabel[x]!.othersFartherThanNegation / 13,
          ),
        ),
      ),
    );
    const majority = labels.indexOf(dataset!.majorityBaseline.label);
    expect(dataset!.majorityBaseline.interval).toEqual(
      naiveInterval(60, "clip", (drawn) => mean(drawn.map((i) => Number(classes[i] === majority)))),
    );
  });
});

describe("what is drawn for an interval", () => {
  it("is a group of clips as a whole, and the same object for the same rows", () => {
    const resampling = new ClipResampling({ draws: 20, seed: 1 });
    const units = { unit: "instrument-pitch group", groups: Int32Array.of(0, 0, 1, 2) } as const;
    const { resamples, unit } = resampling.of(units);
    expect([unit, resamples.units, resamples.items]).toEqual(["instrument-pitch group", 3, 4]);
    for (let draw = 0; draw < 20; draw++) {
      const [first, second] = resamples.weightsOf(draw);
      expect(first).toBe(second);
    }
    expect(resampling.of({ ...units, groups: units.groups.slice() }).resamples).toBe(resamples);
  });

  it("is the same clips whatever the order of the rows", () => {
    const resampling = new ClipResampling({ draws: 20, seed: 1 });
    const weights = (...groups: number[]) =>
      resampling.of({ unit: "clip", groups: Int32Array.from(groups) }).resamples.weightsOf(7);
    expect(weights(2, 1, 0)).toEqual(weights(0, 1, 2).toReversed());
  });

  it("is one of 16,384 random groups where there are more clips than that", () => {
    const groups = Int32Array.from({ length: 40_000 }, (_, i) => i);
    const { unit, resamples } = new ClipResampling({ draws: 2, seed: 1 }).of({ unit: "clip", groups });
    expect(unit).toBe("random group of clips");
    // Of 2^14 groups and 40,000 clips, each stays empty with a probability of exp(-2.44).
    expect(resamples.units).toBeGreaterThan(14_500);
    expect(resamples.units).toBeLessThan(15_500);
  });
});

describe("a label that looks like a misspelt instrument is refused with its place, before any work:", () => {
  const evaluated = (groundTruth: (folder: string) => string, options = {}) => {
    const folder = newFolder();
    const arrays = { "audio/joint_space/d": randomRows(1, 3, 4), "text/joint_space/p": randomRows(2, 3, 4) };
    return evaluate({
      embeddings: writeStore(folder, { m: { arrays } }),
      groundTruth: groundTruth(folder),
      draws: 10,
      ...options,
    });
  };
  const oneHot = (folder: string) => writeOneHot(folder, ["violin", "vioal", "flute"], [0, 1, 2]);

  it("in the header of a one-hot table", async () => {
    await expect(evaluated(oneHot)).rejects.toThrow(
      /truth\.csv: line 1, column 3: taxonomy "doktorski" has no term "vioal"; nearest: "viola"\. Correct the label, /,
    );
  });

  it("in a row of metadata", async () => {
    const clips = [0, 1, 2].map((own) => ({ own, fold: 0 }));
    await expect(evaluated((folder) => writeMetadata(folder, ["violin", "flute", "tubba"], clips))).rejects.toThrow(
      /metadata\.csv: line 4: taxonomy "doktorski" has no term "tubba"; nearest: "tuba"/,
    );
  });

  it("unless no experiment asks the ontology", async () => {
    const results = await evaluated(oneHot, { experiments: ["zero-shot"] });
    expect(Object.keys(results.experiments)).toEqual(["zero-shot"]);
  });
});
