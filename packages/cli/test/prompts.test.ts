import { readFileSync } from "node:fs";
import { join } from "node:path";
import { doktorski } from "@irec/ontology";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { InputError, UsageError } from "../src/errors.ts";
import { builtInPromptSet, builtInPromptSets } from "../src/prompts/built-in.ts";
import { labelWords, names, withoutLabelWords } from "../src/prompts/label-words.ts";
import { lintPrompts } from "../src/prompts/lint.ts";
import { promptFileText, readPromptFile } from "../src/prompts/prompt-file.ts";
import type { PromptSet } from "../src/prompts/prompt-set.ts";
import { randomSentence } from "../src/prompts/random-context.ts";
import { TINYSOL_LABELS } from "../src/prompts/templates.ts";
import { put, temporaryFolders } from "./temp-folder.ts";

const newFolder = temporaryFolders();

/** The prompts of a built-in set, when each label has one. */
const prompts = (name: string, options = {}) => builtInPromptSet(name, options).prompts.map(([prompt]) => prompt);

describe("the study's prompt sets", () => {
  it("have its names and its words", () => {
    const firsts = builtInPromptSets()
      .filter(({ source }) => source.includes("2407.18058"))
      .map(({ name, labels, prompts: [first] }) => [name, labels.length, first![0]]);
    expect(firsts.filter(([name]) => !/definition|random/.test(`${name}`))).toEqual([
      ["muscall_prompt", 14, "A bass tuba track"],
      ["negative_muscall_prompts", 14, "A no bass tuba track"],
      ["this_is_a_recording_of", 14, "This is a recording of bass tuba"],
      ["solo_musical_instrument_sound_of", 14, "Solo musical instrument sound of bass tuba"],
      ["sound_of_musical_instrument", 14, "Sound of bass tuba musical instrument"],
      ["muscall_prompt_instruments", 4, "A key track"],
      ["muscall_prompt_and_instruments", 4, "A key instruments track"],
      ["muscall_prompt_and_musical_instruments", 4, "A track of key musical instruments"],
    ]);
    expect(firsts.map(([name]) => name)).toEqual(
      expect.arrayContaining(["label_random_context", "definition", "definition_no_label_word"]),
    );
    expect(firsts).toHaveLength(11);
  });

  it("can be made of other labels, whatever is in them", () => {
    expect(prompts("muscall_prompt", { labels: ["$& drum", "{x}"] })).toEqual(["A $& drum track", "A {x} track"]);
    expect(prompts("muscall_prompt_instruments", { labels: ["kazoo"] })).toHaveLength(4);
    expect(builtInPromptSet("negative_muscall_prompts").negates).toBe("muscall_prompt");
  });

  it("name the set that they deny, which there is", () => {
    const sets = builtInPromptSets();
    for (const { negates } of sets) if (negates !== undefined) expect(sets.map(({ name }) => name)).toContain(negates);
    expect(sets.filter(({ negates }) => negates !== undefined)).toHaveLength(5);
    expect(new Set(sets.map(({ name }) => name)).size).toBe(sets.length);
  });
});

it("the nine known templates of the follow-up study are an ensemble, too", () => {
  const { labels, prompts: all } = builtInPromptSet("follow_up_ensemble", { labels: ["oboe"] });
  expect([labels, all]).toEqual([
    ["oboe"],
    [
      [
        ...["The sound of oboe", "Music made with oboe", "A song with oboe", "A track with oboe recorded"],
        ...[
          "A music recording of oboe",
          "The song has oboe",
          "Musical sounds from oboe",
          "This music sounds like oboe",
        ],
        "A oboe music track",
      ],
    ],
  ]);
  expect(prompts("no_the_sound_of", { labels: ["oboe"] })).toEqual(["No the sound of oboe"]);
});

it("a prompt set that there is not is refused with those that there are; so is a definition that is not known", () => {
  expect(() => builtInPromptSet("muscall")).toThrow(UsageError);
  expect(() => builtInPromptSet("muscall")).toThrow(/there is no prompt set "muscall"; there are muscall_prompt, /);
  expect(() => builtInPromptSet("definition", { labels: ["violin", "kazoo"] })).toThrow(
    'definition: irec has no definition of "kazoo"; give a prompt file.',
  );
  expect(builtInPromptSets({ labels: ["kazoo"] }).some(({ name }) => name.startsWith("definition"))).toBe(false);
});

describe("our definitions", () => {
  const definitions = prompts("definition");

  it("begin with their label, by whatever name the instrument is called", () => {
    for (const [i, label] of TINYSOL_LABELS.entries())
      expect(definitions[i]).toMatch(new RegExp(`^${label}, an? |^${label}, the `));
    expect(prompts("definition", { labels: ["Cello"] })).toEqual([definitions[8]!.replace("violoncello", "Cello")]);
    expect(new Set(definitions).size).toBe(14);
  });

  it("fit in the 75 tokens that both tokenizers leave, at three letters a token, which neither needs for English", () => {
    for (const text of definitions) {
      const pieces = text!.match(/[a-z]+|[^a-z\s]/g)!;
      expect(
        pieces.reduce((sum, piece) => sum + Math.ceil(piece.length / 3), 0),
        text,
      ).toBeLessThanOrEqual(75);
    }
  });

  it("name no other instrument of TinySOL, nor any of the ontology's", () => {
    const instruments = doktorski.leaves.flatMap(({ label, aliases }) => [label, ...aliases]);
    for (const [i, text] of definitions.entries()) {
      const rest = withoutLabelWords(text!, TINYSOL_LABELS[i]!);
      expect(
        [...TINYSOL_LABELS, ...instruments].filter((name) => names(rest, name)),
        rest,
      ).toEqual([]);
    }
    expect(lintPrompts([builtInPromptSet("definition")])).toEqual([]);
  });

  it("lose whole words of the label and nothing else", () => {
    const bare = prompts("definition_no_label_word");
    expect(bare[3]).toBe(definitions[3]!.slice("trumpet in c, ".length));
    for (const [i, text] of bare.entries()) expect(definitions[i]!.endsWith(text!), text).toBe(true);
    expect(lintPrompts([builtInPromptSet("definition_no_label_word")])).toEqual([]);
  });
});

describe("label words", () => {
  it.each([
    ["a bright cylinder, in C, of a trumpet", "trumpet in c", "a bright cylinder, in, of a"],
    ["Violins and a VIOLIN; the violinist", "violin", "and a; the violinist"],
    ["a bass  tuba is lower than a tubaphone", "bass tuba", "a is lower than a tubaphone"],
    ["the clarinet in B-flat, not B or flat", "clarinet in b-flat", "the, not B or flat"],
    ["l'hautbois, ein Flügelhorn, été", "été", "l'hautbois, ein Flügelhorn,"],
    ["nothing of it", "oboe", "nothing of it"],
  ])("%j without %j is %j", (text, label, rest) => {
    expect(withoutLabelWords(text, label)).toBe(rest);
  });

  it("are those that name it", () => {
    expect(labelWords("Clarinet in B-flat")).toEqual(["clarinet", "b-flat"]);
    expect(labelWords("cor anglais (english horn)")).toEqual(["cor", "anglais", "english", "horn"]);
  });
});

describe("random sentences", () => {
  it("are the same for the same seed and label, whichever other labels there are, and others for others", () => {
    expect(prompts("label_random_context")).toEqual(prompts("label_random_context", { seed: 0 }));
    expect(prompts("label_random_context", { labels: ["oboe"] })[0]).toBe(prompts("label_random_context")[12]);
    expect(new Set(TINYSOL_LABELS.map((label) => randomSentence(label, 0))).size).toBe(14);
    expect(randomSentence("oboe", 1)).not.toBe(randomSentence("oboe", 0));
  });

  it("have four to nine words and come after the label, with a full stop", () => {
    for (const seed of [0, 1, 2, 4_294_967_295]) {
      for (const [i, text] of prompts("label_random_context", { seed }).entries()) {
        expect(text).toMatch(new RegExp(`^${TINYSOL_LABELS[i]}( [a-z]+){4,9}\\.$`));
      }
    }
  });
});

/** A set of one prompt a label. */
const set = (texts: Record<string, string | string[]>, rest: Partial<PromptSet> = {}): PromptSet => ({
  name: "mine",
  labels: Object.keys(texts),
  prompts: Object.values(texts).map((text) => [text].flat()),
  source: "a test",
  ...rest,
});

const faults = (one: PromptSet, options = {}) =>
  lintPrompts([one], options).map(({ label, kind, message }) => `${label}: ${kind}: ${message}`);

describe("lint finds", () => {
  it("nothing wrong with the built-in sets", () => {
    expect(lintPrompts(builtInPromptSets())).toEqual([]);
  });

  it("empty prompts and placeholders", () => {
    expect(faults(set({ violin: " ", tuba: "A {x} track" }))).toEqual([
      "violin: empty: is empty",
      "tuba: placeholder: still has {x} in it",
    ]);
  });

  it("tokens that are lost, counted by a tokenizer, or by words when there are too many for any", () => {
    const countTokens = (text: string) => text.length;
    expect(faults(set({ violin: "0123456789", tuba: "01234567" }), { countTokens, contextLength: 10 })).toEqual([
      "violin: truncated: loses 2 of its 10 tokens: 8 are read",
    ]);
    const words = (count: number) => Array.from({ length: count }, (_, i) => `w${i}`).join(" ");
    expect(faults(set({ violin: words(75), tuba: words(76) }))).toEqual([
      "tuba: truncated: loses its end: it has 76 words, and at most 75 tokens are read",
    ]);
  });

  it("other labels by name, in any case, in the plural, and not within the label itself or another word", () => {
    const texts = {
      clarinet: "clarinets, not flutes or a Bass Clarinet",
      "bass clarinet": "a bass clarinet",
      flute: "a flutelike flute",
      viola: "a viola is no violin",
      violin: "violin",
    };
    expect(faults(set(texts))).toEqual([
      'clarinet: rival: names "bass clarinet", "flute"',
      'viola: rival: names "violin"',
    ]);
  });

  it("what is left of a label where it must not be named, as the study's removal of letters would not have been", () => {
    const texts = { "bass tuba": "the lowest, a tuba", oboe: "an instrument that an oboist plays" };
    expect(faults(set(texts, { withoutLabel: true }))).toEqual(['bass tuba: residue: still has "tuba" of its label']);
    expect(faults(set(texts))).toEqual([]);
  });

  it("prompts that are there twice, but for case and spaces", () => {
    expect(faults(set({ horn: ["A track", "a  track "], tuba: "A TRACK", oboe: "another" }))).toEqual([
      "horn: duplicate: is there twice for its label",
      'tuba: duplicate: is also the prompt of "horn"',
    ]);
  });
});

describe("a prompt file", () => {
  const schema = JSON.parse(readFileSync(new URL("../schema/prompts.schema.json", import.meta.url), "utf8"));
  const validate = new Ajv2020({ strict: true, strictRequired: false }).compile(schema);
  const read = (value: unknown) =>
    readPromptFile(put(join(newFolder(), "p.json"), typeof value === "string" ? value : JSON.stringify(value)));

  it("has templates, ensembles, and prompts of its own words", async () => {
    const value = {
      schemaVersion: 1,
      labels: ["violin", "tuba"],
      promptSets: {
        plain: { template: "A {x} track" },
        denied: { template: "No {x}", negates: "plain" },
        several: { templates: ["{x}", "a {x}"] },
        words: { prompts: { tuba: "low brass", violin: ["high strings", "a fiddle"] }, withoutLabel: true },
        others: { labels: ["brass"], template: "{x}" },
      },
    };
    expect(validate(value)).toBe(true);
    const sets = await read(value);
    expect(sets.map(({ source, ...rest }) => rest)).toEqual([
      { name: "plain", labels: ["violin", "tuba"], prompts: [["A violin track"], ["A tuba track"]] },
      { name: "denied", labels: ["violin", "tuba"], prompts: [["No violin"], ["No tuba"]], negates: "plain" },
      {
        name: "several",
        labels: ["violin", "tuba"],
        prompts: [
          ["violin", "a violin"],
          ["tuba", "a tuba"],
        ],
      },
      {
        name: "words",
        labels: ["violin", "tuba"],
        prompts: [["high strings", "a fiddle"], ["low brass"]],
        withoutLabel: true,
      },
      { name: "others", labels: ["brass"], prompts: [["brass"]] },
    ]);
  });

  it("can be written from the built-in sets, and says the same when it is read", async () => {
    const sets = builtInPromptSets();
    const text = promptFileText(sets);
    expect(validate(JSON.parse(text))).toBe(true);
    const facts = (of: readonly PromptSet[]) => of.map(({ source, ...rest }) => rest);
    expect(facts(await read(text))).toEqual(facts(sets));
  });

  const plain = { template: "A {x} track" };
  const file = (promptSets: unknown, rest = {}) => ({ schemaVersion: 1, labels: ["violin"], promptSets, ...rest });
  it.each<[unknown, string]>([
    ["{", "not valid JSON: "],
    [[], "prompts: expected an object, found []."],
    [{ promptSets: {} }, "prompts.schemaVersion: expected 1 (written by a newer irec?), found nothing."],
    [file({}), "prompts.promptSets: has no prompt set; expected at least one."],
    [
      file({ plain }, { label: [] }),
      'prompts: has no use for "label" (did you mean "labels"?); it takes $schema, schemaVersion, labels, promptSets.',
    ],
    [file({ plain }, { labels: [] }), "prompts.labels: is empty; expected at least one label."],
    [file({ plain }, { labels: ["a", "a"] }), 'prompts.labels: has "a" twice.'],
    [file({ plain }, { labels: ["a", " "] }), 'prompts.labels[1]: expected a text that is not empty, found " ".'],
    [
      file({ plain }, { labels: undefined }),
      'prompts.promptSets.plain: needs labels: its own, or those of the file ("labels").',
    ],
    [
      file({ plain: { template: "A track" } }),
      "prompts.promptSets.plain.template: expected a text with {x} where the label goes.",
    ],
    [file({ plain: { templates: [] } }), "prompts.promptSets.plain.templates: is empty; expected at least one."],
    [file({ plain: {} }), "prompts.promptSets.plain: expected one of template, templates, prompts, found none."],
    [
      file({ plain: { template: "{x}", prompts: {} } }),
      "prompts.promptSets.plain: expected one of template, templates, prompts, found template and prompts.",
    ],
    [file({ plain: { prompts: {} } }), 'prompts.promptSets.plain.prompts: has no prompt for the label "violin".'],
    [
      file({ plain: { prompts: { violin: "v", tuba: "t" } } }),
      'prompts.promptSets.plain.prompts: "tuba" is none of the labels.',
    ],
    [
      file({ plain: { prompts: { violin: 3 } } }),
      "prompts.promptSets.plain.prompts.violin: expected a string, found 3.",
    ],
    [
      file({ plain: { prompts: { violin: [] } } }),
      "prompts.promptSets.plain.prompts.violin: is empty; expected at least one.",
    ],
    [
      file({ plain: { ...plain, negates: "plain" } }),
      "prompts.promptSets.plain.negates: a prompt set cannot negate itself.",
    ],
    [
      file({ plain: { ...plain, negates: "other" } }),
      'prompts.promptSets.plain.negates: there is no prompt set "other".',
    ],
    [
      file({ "../plain": plain }),
      "prompts.promptSets.../plain: its name becomes a file name; use letters, digits, _, - and . only.",
    ],
  ])("is refused where it is wrong: %j", async (value, message) => {
    const error = await read(value).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toContain(`p.json: ${message}`);
  });
});
