import type { Findings } from "./findings.ts";
import { count, paragraph, percent, ruleName, table } from "./words.ts";

/** What is drawn, tested and corrected, and how often these procedures are wrong. */
export function methodSection({ method, main, calibration, dataset }: Findings): string {
  const anchors = [...new Set(main.chance.map((row) => row.anchors))].join(" or ");
  const worst = calibration.toSorted((a, b) => b.chance.anchorInterval - a.chance.anchorInterval)[0]!;
  const strict = Math.max(...calibration.map(({ pairs }) => pairs.signFlipAndInstruments));
  return [
    "## How sure one can be",
    paragraph(
      `Triplets share their prompts: there are only ${dataset.labels} instruments, and ${anchors} anchors. Chance is a half.`,
      `Intervals are of 95 %. *Over anchors*: anchors are drawn with all their triplets, ${count(method.draws)} times, as in`,
      `results.json. *Over instruments*: instruments are drawn, ${count(method.instrumentDraws)} times, and a triplet counts as often`,
      "as all three of its instruments come. *p sign-flip*: what each anchor deviates by changes its sign, all patterns counted.",
      `*p labels*: prompts change places among the instruments, ${count(method.permutations)} times. All tests are two-sided, and all`,
      "p-values corrected by Holm over the rows of their table that have the same rule and ask the same kind of question (chance,",
      "projection, or models), and over the whole table where it has neither. The main prompt in",
      "the study's ontology is the question that was there first; other prompts, ontologies and similarities are exploratory.",
    ),
    paragraph(
      "How often do these find something at 5 % where nothing is? Prompts were assigned to instruments at random, so that no",
      "embedding knows anything while all its similarities stay:",
    ),
    table(
      ["false alarms", "trials", "over anchors", "sign-flip", "over instruments", "sign-flip and over instruments"],
      calibration.flatMap(({ rule, chance, pairs }) =>
        (
          [
            ["against chance", chance],
            ["between two embeddings", pairs],
          ] as const
        ).map(([name, alarms]) => [
          `${ruleName(rule)}, ${name}`,
          count(alarms.trials),
          percent(alarms.anchorInterval),
          percent(alarms.signFlip),
          percent(alarms.instrumentInterval),
          percent(alarms.signFlipAndInstruments),
        ]),
      ),
    ),
    paragraph(
      worst.chance.anchorInterval > 0.05
        ? `Intervals over anchors are too narrow: by the ${ruleName(worst.rule)} rule ${percent(worst.chance.anchorInterval)} of them ` +
            "exclude the truth instead of 5 %, since one similarity is asked for by several anchors."
        : "Intervals over anchors exclude the truth no more often than they should.",
      "Therefore *above* and *below chance* take both the interval over anchors and p labels, whose error is at most 5 % by construction;",
      "*better* and *worse* take both the interval over instruments and p sign-flip",
      strict <= 0.05
        ? `(${percent(strict)} of false alarms at most, which is cautious: a difference that is not distinguishable may still be there).`
        : `(up to ${percent(strict)} of false alarms, which is more than 5 %).`,
      "Clips are drawn, and flipped, in groups of one instrument and pitch.",
    ),
  ].join("\n\n");
}
