import { doktorski, type RandomSource, type TaxonomyNode } from "@irec/ontology";
import type { Instrument } from "./instruments.ts";
import { type Note, randomOf } from "./notes.ts";

/**
 * What is said of one instrument, with {x} for its name. None is a template of a prompt set that is built into irec: the
 * model is asked in other words than it was taught, of which it has heard most in another order.
 */
const SENTENCES: readonly string[] = [
  "A recording of the {x}",
  "A {x} recording",
  "This is the {x}",
  "This is a track with {x}",
  "This is {x} music",
  "A track of {x}",
  "A track with solo {x}",
  "Solo {x}",
  "A {x} solo",
  "Sound of the {x}",
  "The {x} sound",
  "The sound of the instrument {x}",
  "Musical instrument: {x}",
  "Musical sound of a {x}",
  "Music of the {x}",
  "Music played on {x}",
  "Music recorded with {x}",
  "The music has a {x}",
  "A song played on {x}",
  "The song is made with {x}",
  "A song of {x}",
  "The recording has {x}",
  "It sounds like {x}",
  "This sounds like a {x} recorded solo",
  "The sounds are from the {x}",
  "A single note from {x}",
  "A musician plays the {x}",
  "Someone plays {x}",
  "One {x} is heard",
  "A {x}",
  "The {x}",
];

/** What is said of a kind of instruments, one of which sounds. */
const KIND_SENTENCES: readonly string[] = [
  "One of the {kind}",
  "A track from the {kind}",
  "The sound of {kind}",
  "A recording of one of the {kind}",
  "This sounds like {kind}",
  "Music for {kind}",
];

const DYNAMICS: Readonly<Record<Note["dynamics"]["name"], readonly string[]>> = {
  pp: ["very soft", "soft", "quiet"],
  mf: ["moderately loud", "neither soft nor loud"],
  ff: ["very loud", "loud", "strong"],
};

/** From low to high, each a third of what the instrument plays here. */
const REGISTERS = ["low", "middle", "high"] as const;

/** Aliases that are abbreviations of TinySOL, or add a tuning, as no caption in words would. */
const isSpoken = (alias: string): boolean => /^[a-z][a-z -]+$/.test(alias) && !alias.includes(" b-flat");

/** How an instrument is called: mostly as the study's prompts do, and also by the other names that the ontology has. */
function nameOf({ label, term }: Instrument, random: RandomSource): string {
  const node = doktorski.find(term);
  const others = [node.label, ...node.aliases.filter(isSpoken)].filter((name) => name !== label);
  return random.nextBelow(10) < 7 || others.length === 0 ? label : pick(others, random);
}

/** A category above the instrument, such as "bowed string instruments", not the root. */
function kindOf({ term }: Instrument, random: RandomSource): string {
  const kinds = [...doktorski.ancestors(doktorski.find(term))].filter((node: TaxonomyNode) => node.parents.length > 0);
  return pick(kinds, random).label;
}

function registerOf({ instrument: { recordings }, pitch }: Note): string {
  const [lowest, end] = [recordings[0]!, recordings.at(-1)!];
  return REGISTERS[Math.floor((REGISTERS.length * (pitch - lowest)) / (end - lowest))]!;
}

/**
 * What is said of how the note is played, or nothing.
 * @example ", loud, in the high register"
 */
function manner(note: Note, random: RandomSource): string {
  const loudness = pick(DYNAMICS[note.dynamics.name], random);
  const register = `in the ${registerOf(note)} register`;
  return pick(["", "", "", `, ${loudness}`, `, ${register}`, `, ${loudness}, ${register}`], random);
}

/**
 * Captions of a note, of one sentence, or of two to five. Of eight sentences, about five name the instrument, two its kind
 * too, and one only its kind.
 * @param count - how many, all drawn from the note's own generator
 */
export function captionsOf(note: Note, count: number): readonly string[] {
  const random = randomOf(`captions of ${note.id}`);
  return Array.from({ length: count }, () => {
    const sentences = random.nextBelow(4) > 0 ? 1 : 2 + random.nextBelow(4);
    return Array.from({ length: sentences }, () => withArticles(sentence(note, random))).join(". ");
  });
}

function sentence(note: Note, random: RandomSource): string {
  const name = nameOf(note.instrument, random);
  const kind = kindOf(note.instrument, random);
  const says = pick(SENTENCES, random).replace("{x}", name);
  const drawn = random.nextBelow(8);
  if (drawn === 0) return pick(KIND_SENTENCES, random).replace("{kind}", kind) + manner(note, random);
  if (drawn === 1) return `${name}, one of the ${kind}${manner(note, random)}`;
  if (drawn === 2) return `${says}, of the ${kind}${manner(note, random)}`;
  return says + manner(note, random);
}

/** "An oboe", where a sentence has "A {x}". */
const withArticles = (text: string): string => text.replace(/\ba (?=[aeiou])/gi, (article) => `${article[0]}n `);

const pick = <T>(values: readonly T[], random: RandomSource): T => values[random.nextBelow(values.length)]!;
