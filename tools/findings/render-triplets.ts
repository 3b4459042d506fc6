import type { ChanceRow, Findings, HalvesRow, PairRow, TripletTable } from "./findings.ts";
import {
  ARROWS,
  againstChance,
  between,
  betweenByAnchors,
  bullets,
  CHANCE_WORDS,
  embedding,
  ends,
  grouped,
  howMany,
  listed,
  modelName,
  paragraph,
  percent,
  promptName,
  pValue,
  ruleName,
  score,
  signed,
  spaceName,
  table,
} from "./words.ts";

/** The main prompt, by both rules. */
export function mainSection({ main }: Findings): string {
  const rules = [...new Set(main.chance.map(({ rule }) => rule))];
  return [
    "## The main prompt by the published and the corrected rule",
    paragraph(
      "*Corrected*: an anchor is nearer to the positive than to the negative when it shares a deeper lowest common ancestor with it",
      "in Doktorski's taxonomy, the study's. *Published*: the study's own list for TinySOL. An exact tie of similarities is wrong.",
    ),
    chanceTable(main.chance, ({ rule }) => ruleName(rule)),
    bullets(
      rules.map((rule) => {
        const rows = main.chance.filter((row) => row.rule === rule);
        const { triplets, anchors } = rows[0]!;
        return `By the ${ruleName(rule)} rule (${triplets} triplets, ${anchors} anchors), ${chanceGroups(rows)}.`;
      }),
    ),
    "Each pair below is of the same triplets; the difference is the first less the second.",
    pairTable(main.pairs, ({ rule }) => ruleName(rule)),
    bullets(main.pairs.map((row) => `${capital(ruleName(row.rule))}: ${pairSentence(row)}`)),
    anchorsAlone(main.pairs),
  ].join("\n\n");
}

/** Which embeddings are above, below, or not to be told from chance. */
export function chanceGroups(rows: readonly ChanceRow[]): string {
  return grouped(
    rows,
    (row) => CHANCE_WORDS[againstChance(row)],
    (row) => `${embedding(row)} (${score(row.micro)})`,
  );
}

/** What a pair says. */
export function pairSentence(row: PairRow): string {
  const verdict = between(row);
  const [first, second] = pairNames(row);
  const said =
    verdict === "not distinguishable"
      ? `${first} and ${second} are not distinguishable`
      : `${first} is ${verdict} than ${second}`;
  return `${said} (${signed(row.difference)}, p ${pValue(row.holm)}).`;
}

const pairNames = ({ first, second }: PairRow) => [embedding(first), embedding(second)] as const;

/** Where anchors alone would let more be said than what the text says. */
function anchorsAlone(pairs: readonly PairRow[]): string {
  const more = pairs.filter((row) => betweenByAnchors(row) !== between(row));
  if (more.length === 0) return "Intervals over anchors alone would change none of these words.";
  const named = more.map(
    (row) => `${ruleName(row.rule)}, ${pairNames(row).join(" against ")}: ${betweenByAnchors(row)}`,
  );
  return paragraph(
    `Intervals over anchors alone would change ${howMany(more.length, pairs.length)} of these words`,
    `(${named.join("; ")}).`,
  );
}

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

function chanceTable(rows: readonly ChanceRow[], lead: (row: ChanceRow) => string): string {
  return table(
    [
      ...["which", "embedding", "triplets", "right", "over anchors", "over instruments"],
      ...["mean of anchors", "p sign-flip", "p labels", ""],
    ],
    rows.map((row) => [
      ...[lead(row), embedding(row), String(row.triplets), score(row.micro)],
      ...[ends(row.interval), ends(row.instrumentInterval), score(row.macro)],
      ...[pValue(row.signFlipHolm), pValue(row.labelHolm), ARROWS[againstChance(row)].trim()],
    ]),
  );
}

function pairTable(rows: readonly PairRow[], lead: (row: PairRow) => string): string {
  return table(
    ["which", "first", "second", "difference", "over anchors", "over instruments", "p sign-flip", ""],
    rows.map((row) => [
      ...[lead(row), embedding(row.first), embedding(row.second), signed(row.difference)],
      ...[ends(row.interval, signed), ends(row.instrumentInterval, signed), pValue(row.holm)],
      ARROWS[between(row)].trim(),
    ]),
  );
}

/** Two opposite questions in one list. */
export function mixedSection({ directions, halves }: Findings): string {
  const all = (row: Findings["directions"][number]) => row.same + row.reversed + row.tied + row.notAsked;
  const study = directions[0]!;
  const others = directions.filter(({ reversed }) => reversed > 0).map(({ ontology }) => ontology);
  return [
    "## The published rule mixes two opposite questions",
    paragraph(
      "The published rule calls that instrument the positive which is farther from the anchor within a family, but not that",
      "of another family. A published triplet is *the same* when the ontology puts the positive nearer, and *reversed* when it",
      "puts the negative nearer.",
    ),
    table(
      ["ontology", "same", "reversed", "tied", "lacks an instrument", "share reversed"],
      directions.map((row) => [
        ...[row.ontology, String(row.same), String(row.reversed), String(row.tied), String(row.notAsked)],
        percent(row.reversed / all(row)),
      ]),
    ),
    paragraph(
      `In the study's own ontology, the corrected rule reverses ${study.reversed} of the ${all(study)} published triplets`,
      `(${percent(study.reversed / all(study))}). An encoder that knew it perfectly would score`,
      `${score(study.same / all(study))} by the published rule, and one that had it exactly backwards`,
      `${score(study.reversed / all(study))}.`,
      others.length > 0 ? `Ontologies that reverse some: ${listed(others)}.` : "No ontology reverses any.",
      ...directions
        .filter(({ reversed, tied }) => reversed === 0 && tied > 0)
        .map(({ ontology, tied }) => `*${ontology}* has nothing to say about ${tied} of them.`),
    ),
    "Accuracy on either half as published, so that for an encoder that follows the ontology the second number is low:",
    table(
      [
        ...["embedding", `same (${halves[0]!.same.triplets} of ${halves[0]!.same.anchors} anchors)`, "p labels"],
        ...[`reversed (${halves[0]!.reversed.triplets} of ${halves[0]!.reversed.anchors} anchors)`, "p labels"],
        "all, with the reversed turned round",
      ],
      halves.map((row) => [
        embedding(row),
        ...[row.same, row.reversed].flatMap((half) => [
          `${score(half.accuracy)} (${ends(half.interval)})${ARROWS[againstChance(half)]}`,
          pValue(half.labelHolm),
        ]),
        score(row.turned),
      ]),
    ),
    bullets(halves.map(halvesSentence)),
  ].join("\n\n");
}

function halvesSentence(row: HalvesRow): string {
  const [same, reversed] = [againstChance(row.same), againstChance(row.reversed)];
  const published = (row.same.correct + row.reversed.correct) / (row.same.triplets + row.reversed.triplets);
  const difference = row.turned - published;
  const turning =
    Math.abs(difference) < 0.0005
      ? `Turning the reversed ones round leaves ${score(published)} as it is.`
      : `Turning the reversed ones round ${difference > 0 ? "raises" : "lowers"} ${score(published)} to ${score(row.turned)}.`;
  return (
    `${embedding(row)} is right on ${score(row.same.accuracy)} of the same half, which is ${CHANCE_WORDS[same]}, and on ` +
    `${score(row.reversed.accuracy)} of the reversed half as published, which is ${CHANCE_WORDS[reversed]}. ${turning}`
  );
}

/** The main prompt by other similarities and in other ontologies. */
export function ontologySection({ otherRules, ontologies, ontologySets }: Findings): string {
  const lacking = ontologySets.filter(({ lacks }) => lacks.length > 0);
  const same = ontologySets.filter(({ sameTripletsAs }) => sameTripletsAs.length > 0);
  return [
    "## Other ontologies, and other similarities",
    "Corrected triplets by the lowest common ancestor, of the main prompt. *agreed* are those that all four ontologies confirm.",
    chanceTable(ontologies.chance, ({ ontology }) => ontology),
    paragraph(
      ...lacking.map(
        ({ ontology, instruments, lacks }) =>
          `*${ontology}* lacks ${listed(lacks)}, so that it asks about ${instruments} instruments.`,
      ),
      ...same.map(
        ({ ontology, sameTripletsAs }) =>
          `The triplets of *${ontology}* are exactly those of *${listed(sameTripletsAs)}*, so that its rows confirm nothing new.`,
      ),
    ),
    bullets(
      [...new Set(ontologies.chance.map(({ ontology }) => ontology))].map((ontology) => {
        const is = (row: { readonly ontology: string }) => row.ontology === ontology;
        return `${ontology}: ${chanceGroups(ontologies.chance.filter(is))}. ${pairsOfTable(ontologies.pairs.filter(is))}`;
      }),
    ),
    pairTable(ontologies.pairs, ({ ontology }) => ontology),
    "The main prompt in the study's ontology by path length and by Wu-Palmer similarity instead:",
    chanceTable(otherRules.chance, ({ rule }) => ruleName(rule)),
    pairTable(otherRules.pairs, ({ rule }) => ruleName(rule)),
    bullets(
      [...new Set(otherRules.chance.map(({ rule }) => rule))].map((rule) => {
        const is = (row: { readonly rule: string }) => row.rule === rule;
        return `${ruleName(rule)}: ${chanceGroups(otherRules.chance.filter(is))}. ${pairsOfTable(otherRules.pairs.filter(is))}`;
      }),
    ),
    anchorsAlone([...ontologies.pairs, ...otherRules.pairs]),
  ].join("\n\n");
}

const pairsOfTable = (pairs: readonly PairRow[]): string => pairs.map(pairSentence).join(" ");

/** All prompt sets by both rules. */
export function promptSection({ prompts }: Findings): string {
  const rules = [...new Set(prompts.chance.map(({ rule }) => rule))];
  return [
    "## Every prompt set",
    paragraph(
      "Share of triplets that are right, the interval over anchors, and the p-value of the permutation of labels, corrected over",
      "the table; then differences with their interval over anchors and the p-value of the sign-flip test. ↑ and ↓: above and",
      "below chance, or better and worse, by the same rules as before. The main prompt is among them, in a larger family.",
    ),
    ...rules.flatMap((rule) => promptTables(prompts, rule)),
  ].join("\n\n");
}

function promptTables({ chance, pairs }: TripletTable, rule: string): string[] {
  const [ofRule, pairsOfRule] = [chance.filter((row) => row.rule === rule), pairs.filter((row) => row.rule === rule)];
  const promptSets = [...new Set(ofRule.map(({ promptSet }) => promptSet))];
  const first = ofRule.filter(({ promptSet }) => promptSet === promptSets[0]);
  const embeddings = first.map(embedding);
  const comparisons = [...new Set(pairsOfRule.map(comparison))];
  const found = <Row extends { readonly promptSet: string }>(
    rows: readonly Row[],
    promptSet: string,
    name: (row: Row) => string,
    wanted: string,
  ) => rows.find((row) => row.promptSet === promptSet && name(row) === wanted)!;
  return [
    `### By the ${ruleName(rule)} rule`,
    table(
      ["prompt", ...embeddings],
      promptSets.map((promptSet) => [
        promptName(promptSet),
        ...embeddings.map((name) => {
          const row = found(ofRule, promptSet, embedding, name);
          return `${score(row.micro)} (${ends(row.interval)}), p ${pValue(row.labelHolm)}${ARROWS[againstChance(row)]}`;
        }),
      ]),
    ),
    table(
      ["prompt", ...comparisons],
      promptSets.map((promptSet) => [
        promptName(promptSet),
        ...comparisons.map((name) => {
          const row = found(pairsOfRule, promptSet, comparison, name);
          return `${signed(row.difference)} (${ends(row.interval, signed)}), p ${pValue(row.holm)}${ARROWS[between(row)]}`;
        }),
      ]),
    ),
    bullets([
      ...embeddings.map((name) => {
        const rows = ofRule.filter((row) => embedding(row) === name);
        const above = rows.filter((row) => againstChance(row) === "better").length;
        const below = rows.filter((row) => againstChance(row) === "worse").length;
        return `${name}: above chance with ${howMany(above, rows.length)} prompt sets, below chance with ${howMany(below, rows.length)}.`;
      }),
      ...comparisons.map((name) => {
        const rows = pairsOfRule.filter((row) => comparison(row) === name);
        const count = (is: (row: PairRow) => boolean) => howMany(rows.filter(is).length, rows.length);
        return (
          `${name}: the estimate is above 0 with ${count((row) => row.difference > 0)} prompt sets; better with ` +
          `${count((row) => between(row) === "better")}, worse with ${count((row) => between(row) === "worse")}.`
        );
      }),
    ]),
  ];
}

function comparison({ kind, first, second }: PairRow): string {
  return kind === "projection"
    ? `${modelName(first.model)}: ${spaceName(first.space)} less ${spaceName(second.space)}`
    : `${spaceName(first.space)}: ${modelName(first.model)} less ${modelName(second.model)}`;
}

/** One table of how much depends on the prompt. */
export function sensitivitySection({ sensitivity }: Findings): string {
  const range = (row: Findings["sensitivity"][number]) => row.best.value - row.worst.value;
  const of = (which: string) => sensitivity.filter((row) => row.score === which);
  const most = (rows: typeof sensitivity) => rows.toSorted((a, b) => range(b) - range(a))[0]!;
  const corrected = most(of("lca"));
  const effects = [...new Set(sensitivity.map((row) => row.score))].map((which) => most(of(which)));
  return [
    "## Prompt sensitivity",
    table(
      ["score", "embedding", "prompt sets", "mean", "sd", "worst", "best", "range"],
      sensitivity.map((row) => [
        ...[ruleName(row.score), embedding(row), String(row.promptSets), score(row.mean), score(row.sd)],
        ...[row.worst, row.best].map(({ promptSet, value }) => `${score(value)} ${promptName(promptSet)}`),
        score(range(row)),
      ]),
    ),
    paragraph(
      `By the corrected rule the wording alone moves ${embedding(corrected)} most, by ${score(range(corrected))} between`,
      `"${promptName(corrected.worst.promptSet)}" and "${promptName(corrected.best.promptSet)}".`,
      `The largest ranges of all: ${effects.map((row) => `${ruleName(row.score)} ${score(range(row))} (${embedding(row)})`).join("; ")}.`,
      "The best of several is chosen by its own score, so it overstates what that prompt would do elsewhere; a definition can",
      "name relatives of its instrument, and with the negated prompt a low score is no fault.",
    ),
  ].join("\n\n");
}
