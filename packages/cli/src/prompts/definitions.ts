import { doktorski, type TaxonomyNode, tinysolTerms } from "@irec/ontology";
import { termOf } from "../ontology-terms.ts";

/**
 * What each of TinySOL's instruments is, in the order of `tinysolTerms`, in our own words.
 *
 * Unlike the study's, which are all longer than the 77 tokens that the text towers read and of which one names all 13
 * rivals, these fit, and name no other instrument; a test sees to it. They go on after the label and a comma.
 */
const DEFINITIONS: readonly string[] = [
  "the largest and lowest brass instrument, with a wide conical tube, valves and a big mouthpiece, giving a deep, round, soft tone",
  "a brass instrument with a long coiled tube and rotary valves, its warm, mellow tone shaped by a hand in its wide opening",
  "a brass instrument with a straight tube and a long slide that changes the pitch, giving a full, noble and bold tone",
  "a high brass instrument with a narrow tube and three piston valves, giving a bright, piercing and brilliant tone",
  "a portable instrument with keys and buttons whose hand-driven bellows blow air over free metal reeds, giving a buzzing, sustained tone",
  "the largest and lowest bowed string instrument, played standing, with four thick strings, giving a dark, deep and resonant tone",
  "the smallest and highest bowed string instrument, held under the chin, giving a bright, sweet and singing tone",
  "a bowed string instrument of middle size and range, held under the chin, giving a warm, dark and husky tone",
  "a large bowed string instrument of low to middle range, held between the knees, giving a rich, deep and singing tone",
  "a low woodwind instrument with a double reed on a curved metal crook and a long folded wooden tube, giving a dry, nasal tone",
  "a woodwind instrument with a single reed and a straight wooden tube, hollow and smooth when low, clear when high",
  "a high woodwind instrument without a reed, a metal tube held sideways and blown across a hole, giving a pure, airy tone",
  "a high woodwind instrument with a small double reed and a narrow wooden tube, giving a nasal, penetrating and plaintive tone",
  "a woodwind instrument made of metal, with a single reed and a curved conical tube, heard in jazz, giving a smooth, full tone",
];

/** The definition of an instrument, by any of its names; undefined when there is none. */
export function definitionOf(label: string): string | undefined {
  return DEFINITIONS[tinysolTerms.indexOf(termOf(label, doktorski) as TaxonomyNode)];
}
