import { readFileSync } from "node:fs";
import { xoshiro128 } from "@irec/metrics";
import { doktorski, tinysolTerms, tripletSet } from "@irec/ontology";
import { beforeAll, describe, expect, it } from "vitest";
import { needsReference, reference } from "../../../test/reference.ts";
import { rightTriplets } from "../../../tools/findings/anchor-statistics.ts";
import { type ChanceRow, type Findings, findingsJson, type PairRow } from "../../../tools/findings/findings.ts";
import { instrumentIntervals } from "../../../tools/findings/instrument-bootstrap.ts";
import { labelPermutationP } from "../../../tools/findings/label-permutation.ts";
import { makeFindings } from "../../../tools/findings/make-findings.ts";
import type { Question } from "../../../tools/findings/questions.ts";
import { evaluateReference, type ReferenceRuns } from "../../../tools/findings/reference-runs.ts";
import { findingsMarkdown } from "../../../tools/findings/render.ts";

const committed = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");
const json = committed("findings.json");
const findings: Findings = JSON.parse(json);

describe("docs/findings.md", () => {
  it("is what its numbers render to, byte for byte: npm run findings -- --render", () => {
    expect(findingsMarkdown(findings)).toBe(committed("findings.md"));
  });

  it("its numbers are written as they are read", () => {
    expect(findingsJson(findings)).toBe(json);
  });

  it("of the 237 published triplets 170 point the right way and 67 the wrong way: .717 for a perfect encoder", () => {
    expect(findings.directions[0]).toEqual({ ontology: "doktorski", same: 170, reversed: 67, tied: 0, notAsked: 0 });
    expect(findingsMarkdown(findings)).toContain("67 of its 237 triplets (28.3 %)");
    for (const { same, reversed } of findings.halves) expect([same.triplets, reversed.triplets]).toEqual([170, 67]);
  });

  // triplets.md, section 5.
  it.each([
    ["published-2024", ["0.4303797468", "0.4135021097", "0.5780590717", "0.5696202532"]],
    ["lca", ["0.4577259475", "0.4693877551", "0.6967930029", "0.7215743440"]],
  ])("accuracies by %s are the golden ones, MusCALL first, pre-joint first", (rule, golden) => {
    const rows = findings.main.chance.filter((row) => row.rule === rule);
    expect(rows.map(({ micro }) => micro.toFixed(10))).toEqual(golden);
  });

  it("a corrected p-value is nowhere smaller than the p-value itself", () => {
    for (const { chance, pairs } of [findings.main, findings.otherRules, findings.ontologies, findings.prompts]) {
      for (const row of chance) {
        expect(row.signFlipHolm).toBeGreaterThanOrEqual(row.signFlipP);
        expect(row.labelHolm).toBeGreaterThanOrEqual(row.labelP);
      }
      for (const row of pairs) expect(row.holm).toBeGreaterThanOrEqual(row.p);
    }
  });
});

describe("words follow the numbers", () => {
  /** The page with every item of a list on one line. */
  const findingsText = (changed: Findings) => findingsMarkdown(changed).replaceAll("\n  ", " ");
  const opposite = ([low, high]: readonly [number, number], about: number) => [about - high, about - low] as const;
  const otherWay = (row: PairRow): PairRow => ({
    ...row,
    difference: -row.difference,
    interval: opposite(row.interval, 0),
    instrumentInterval: opposite(row.instrumentInterval, 0),
  });
  const belowChance = (row: ChanceRow): ChanceRow => ({
    ...row,
    micro: 1 - row.micro,
    interval: opposite(row.interval, 1),
  });
  const { main } = findings;
  const count = (text: string, words: string) => text.split(words).length - 1;
  const page = findingsText(findings);

  it("what is better becomes worse when its difference is turned round", () => {
    const turned = findingsText({ ...findings, main: { ...main, pairs: main.pairs.map(otherWay) } });
    const better = "Music CLAP joint is better than MusCALL joint";
    const worse = "Music CLAP joint is worse than MusCALL joint";
    const inMain = 2; // in short, and below its table
    expect(count(turned, better)).toBe(count(page, better) - inMain);
    expect(count(turned, worse)).toBe(count(page, worse) + inMain);
  });

  it("what is above chance becomes below chance when its accuracy is turned round", () => {
    const turned = findingsText({ ...findings, main: { ...main, chance: main.chance.map(belowChance) } });
    expect(page).toContain("above chance: Music CLAP pre-joint (.697) and Music CLAP joint (.722)");
    expect(turned.split("## Other ontologies")[0]).not.toContain("above chance: Music CLAP");
    expect(turned).toContain("below chance: Music CLAP pre-joint (.303) and Music CLAP joint (.278)");
  });

  it("nothing is said of a difference whose corrected p-value is above .05, or whose interval holds 0", () => {
    const likely = main.pairs.map((row) => ({ ...row, holm: 0.051 }));
    const wide = main.pairs.map((row) => ({ ...row, instrumentInterval: [-0.1, 1] as const }));
    for (const pairs of [likely, wide]) {
      const text = findingsText({ ...findings, main: { ...main, pairs } }).split("## Other ontologies")[0]!;
      expect(text).not.toMatch(/is (better|worse) than/);
    }
  });

  it("a model is above the majority baseline when its published top-1 is", () => {
    const zeroShot = findings.zeroShot.map((row) => (row.model === "muscall" ? { ...row, top1: 0.3 } : row));
    expect(page).toContain("MusCALL against the majority baseline: below it with all 7 prompt sets");
    expect(findingsText({ ...findings, zeroShot })).toContain(
      "MusCALL against the majority baseline: above it with all 7 prompt sets",
    );
  });

  it("the rules agree about the projection when their estimates have the same sign", () => {
    const pairs = main.pairs.map((row) => ({ ...row, difference: Math.abs(row.difference) }));
    expect(page).toContain("have opposite signs");
    expect(findingsText({ ...findings, main: { ...main, pairs } })).not.toContain("have opposite signs");
  });
});

describe("the statistics of the findings", () => {
  /** Corrected triplets of tuba, French horn, trombone, trumpet, accordion and contrabass. */
  const terms = tinysolTerms.slice(0, 6);
  const triplets = tripletSet(doktorski, { terms }).toArrays();
  const instruments = [0, 1, 2, 3, 4, 5];
  const question: Question = { ontology: "doktorski", rule: "lca", triplets, instruments, anchors: instruments };
  const random = xoshiro128(3);
  const similarities = new Float64Array(14 * 14);
  for (let i = 0; i < 14; i++) {
    for (let j = 0; j <= i; j++) similarities[i * 14 + j] = similarities[j * 14 + i] = random.nextDouble();
  }
  const right = rightTriplets(question, similarities);

  it("a label p-value is the share of all 720 assignments that are as far from a half, up to its random error", () => {
    const deviation = (labels: readonly number[]) => {
      let count = 0;
      for (let t = 0; t < triplets.length; t++) {
        const [a, p, n] = [triplets.anchors[t]!, triplets.positives[t]!, triplets.negatives[t]!].map((i) => labels[i]!);
        if (similarities[a! * 14 + p!]! > similarities[a! * 14 + n!]!) count++;
      }
      return Math.abs(count / triplets.length - 0.5);
    };
    const orders = (items: readonly number[]): number[][] =>
      items.length === 0
        ? [[]]
        : items.flatMap((first) => orders(items.filter((i) => i !== first)).map((rest) => [first, ...rest]));
    const all = orders(instruments).map(deviation);
    const exact = all.filter((one) => one >= deviation(instruments) - 1e-12).length / all.length;
    expect(all).toHaveLength(720);
    // Four standard errors of a share of 4,999 draws are at most .028.
    expect(Math.abs(labelPermutationP(question, similarities) - exact)).toBeLessThan(0.028);
  });

  it("an interval over instruments is that of the triplets within each list of drawn instruments", () => {
    const draws = 199; // so that the ends are drawn means: the 5th from below and above, of none that is left out
    const isRight = new Map<string, number>();
    for (let t = 0; t < triplets.length; t++) {
      isRight.set(`${triplets.anchors[t]} ${triplets.positives[t]} ${triplets.negatives[t]}`, right[t]!);
    }
    const stream = xoshiro128(0);
    const means: number[] = [];
    for (let draw = 0; draw < draws; draw++) {
      const drawn = instruments.map(() => stream.nextBelow(instruments.length));
      const found = drawn.flatMap((a) =>
        drawn.flatMap((p) => drawn.map((n) => isRight.get(`${a} ${p} ${n}`)).filter((one) => one !== undefined)),
      );
      if (found.length > 0) means.push(found.reduce((sum, one) => sum + one, 0) / found.length);
    }
    means.sort((a, b) => a - b);
    const end = (level: number) => {
      const place = level * (means.length - 1);
      const below = Math.floor(place);
      return means[below]! + (place - below) * ((means[below + 1] ?? means[below]!) - means[below]!);
    };
    const [[low, high]] = instrumentIntervals(question, [right], draws) as [readonly [number, number]];
    expect(low).toBeCloseTo(end(0.025), 12);
    expect(high).toBeCloseTo(end(0.975), 12);
  });
});

describe.skipIf(!reference)(`docs/findings.json against a fresh evaluation${needsReference}`, () => {
  let runs: ReferenceRuns;
  beforeAll(async () => {
    runs = await evaluateReference(reference!);
  }, 240_000);

  it("every accuracy and interval of triplets is the one of results.json", () => {
    const tables = [findings.main, findings.otherRules, findings.ontologies, findings.prompts];
    const rows = tables.flatMap(({ chance }) => chance);
    expect(rows).toHaveLength(8 + 8 + 20 + 64);
    for (const row of rows) {
      const found = runs.results
        .get(row.ontology)!
        .experiments.triplets!.find(
          ({ model, space, promptSet, rule }) =>
            model === row.model && space === row.space && promptSet === row.promptSet && rule === row.rule,
        )!;
      const { micro, macro, triplets, correct, ties, microInterval, macroInterval } = found;
      expect(row).toMatchObject({ micro, macro, triplets, correct, ties });
      expect(row.interval).toEqual([microInterval.low, microInterval.high]);
      expect(row.macroInterval).toEqual([macroInterval.low, macroInterval.high]);
    }
  });

  it("every score of audio and the majority baseline is the one of results.json", () => {
    const { dataset, experiments } = runs.results.get("doktorski")!;
    expect(experiments["audio-only"]!.map(({ rule }) => rule)).toEqual(["published", "leave-one-out"]);
    for (const row of experiments["audio-only"]!) {
      const found = findings.audio.find(({ rule }) => rule === row.rule)!;
      expect(found).toMatchObject({ top1: row.topK[0], balanced: row.balancedAccuracy, rocAuc: row.rocAucMacro });
      expect(found).toMatchObject({ f1Weighted: row.f1Weighted, averagePrecision: row.averagePrecisionMacro });
      expect(found.top1Interval).toEqual([row.intervals.topK[0]!.low, row.intervals.topK[0]!.high]);
    }
    expect(findings.dataset).toMatchObject({ clips: dataset!.clips, majority: dataset!.majorityBaseline.accuracy });
  });

  it("everything else comes out again, byte for byte", async () => {
    expect(findingsJson(await makeFindings(runs))).toBe(json);
  }, 240_000);
});
