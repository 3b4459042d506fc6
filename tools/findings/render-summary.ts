import type { Findings, PairRow } from "./findings.ts";
import { audioAgainstMajority, zeroShotSentence } from "./render-muscall.ts";
import { chanceGroups, pairSentence } from "./render-triplets.ts";
import { between, bullets, listed, modelName, paragraph, percent, ruleName, score, signed } from "./words.ts";

/** The answers, before the tables. */
export function inShort(findings: Findings): string {
  const { main, directions, dataset } = findings;
  const study = directions[0]!;
  const all = study.same + study.reversed + study.tied + study.notAsked;
  const rules = [...new Set(main.chance.map(({ rule }) => rule))];
  return [
    paragraph(
      "The study *I can listen but cannot read* (ISMIR 2024) asks text towers whether an anchor's prompt is nearer to a near",
      "relative's than to a far one's. Its published rule and the corrected rule, on the same public embeddings:",
    ),
    bullets([
      `The published rule mixes two opposite questions: ${study.reversed} of its ${all} triplets ` +
        `(${percent(study.reversed / all)}) are reversed by the corrected rule, and a perfect encoder would score ` +
        `${score(study.same / all)}.`,
      ...rules.map(
        (rule) => `By the ${ruleName(rule)} rule, ${chanceGroups(main.chance.filter((row) => row.rule === rule))}.`,
      ),
      ...projections(main.pairs),
      ...rules.map(
        (rule) =>
          `The two models by the ${ruleName(rule)} rule: ${main.pairs
            .filter((row) => row.rule === rule && row.kind === "models")
            .map(pairSentence)
            .join(" ")}`,
      ),
      zeroShotSentence(findings, "muscall"),
      `MusCALL's pre-joint audio alone, by class centroids, is ${audioAgainstMajority(findings)}.`,
      `All of it is about ${dataset.labels} instruments and one data set: see what cannot be said, at the end.`,
    ]),
    paragraph(
      "`npm run findings` makes this page: evaluations, numbers (findings.json), words. Words that say which is higher, lower,",
      "better, worse or not distinguishable are made from the numbers.",
    ),
  ].join("\n\n");
}

/** What either rule says of the projection, model by model. */
function projections(pairs: readonly PairRow[]): string[] {
  const ofProjection = pairs.filter(({ kind }) => kind === "projection");
  return [...new Set(ofProjection.map(({ first }) => first.model))].map((model) => {
    const rows = ofProjection.filter(({ first }) => first.model === model);
    const signs = new Set(rows.map(({ difference }) => Math.sign(difference)));
    const estimates = rows.map((row) => `${ruleName(row.rule)} ${signed(row.difference)}`);
    const found = rows.filter((row) => between(row) !== "not distinguishable");
    const shown =
      found.length === 0
        ? "neither is distinguishable from no difference"
        : found.map((row) => `by the ${ruleName(row.rule)} rule joint is ${between(row)}`).join(", ");
    return (
      `What the projection does to the text side of ${modelName(model)}: the rules' estimates ` +
      `${signs.size === 1 ? "have the same sign" : "have opposite signs"} (${listed(estimates)}); ${shown}.`
    );
  });
}

/** What no number here can carry. */
export function limitsSection({ dataset, method, main, prompts, ontologySets }: Findings): string {
  const withoutLabel = prompts.chance.filter(
    ({ rule, promptSet }) => rule === "lca" && promptSet === "definition_no_label_word",
  );
  const { anchors } = main.chance[0]!;
  const full = ontologySets.filter(({ lacks }) => lacks.length === 0).length;
  return [
    "## What cannot be said",
    bullets([
      "Whether text finds audio: MusCALL's joint audio and all audio of Music CLAP are absent from the public data. Zero-shot is " +
        "quoted from the study and not recomputed; nothing is said of either model's audio in the joint space.",
      `Whether it holds for other instruments: there are ${dataset.labels}, chosen by the data set and not drawn from anything. ` +
        "Intervals are about these anchors and instruments: how much hangs on each of them, as if others like them could have " +
        `been asked.${anchors < dataset.labels ? ` By the published rule only ${anchors} ever anchor.` : ""}`,
      "Whether it holds for other data: one data set of isolated notes, one checkpoint of each of two models, one training run each.",
      "That a tower knows instruments when it is above chance: relatives have names that look alike (violin, viola, violoncello), so " +
        "knowing words may do. With definitions from which the label is taken out, by the corrected rule, " +
        `${chanceGroups(withoutLabel)}.`,
      "That two embeddings are equal: not distinguishable is not the same.",
      "Which ontology is right: a triplet asks whether an encoder follows this one. " +
        `${full} of ${ontologySets.length} choices of an ontology have all ${dataset.labels} instruments; where they order these alike, ` +
        "their agreement is no independent evidence.",
      "That a prompt is good: prompt sets were compared after the fact, and p-values are corrected within tables, not over this page.",
      "How MusCALL's audio does on the official folds: the folds here are random.",
    ]),
    paragraph(
      `Made from ${method.inputs.files} files; the sha256 of their list is ${method.inputs.sha256}. Seed ${method.seed}.`,
    ),
  ].join("\n\n");
}
