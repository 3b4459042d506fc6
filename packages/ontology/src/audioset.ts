import { audiosetClasses } from "./audioset-graph.ts";
import type { Taxonomy } from "./taxonomy.ts";
import { type TaxonomyRow, taxonomyFromRows } from "./taxonomy-from-rows.ts";

/**
 * The AudioSet ontology from "Musical instrument" downwards, complete: 92 classes, of which 91 are terms and 70 leaves. A graph
 * and no tree: Cowbell stands under Percussion and under Bell. Names and ids are AudioSet's; labels and aliases are made
 * from the names ("Violin, fiddle" is labelled "violin" and also found as "fiddle").
 *
 * Not every leaf is an instrument: there are ensembles (Orchestra), techniques (Pizzicato) and roles (Bass), and instruments that
 * have a technique below them are no leaves (Violin). `sharedInstruments` gives those that Doktorski's taxonomy has too.
 *
 * Licensed under CC BY-SA 4.0, unlike the rest of the package; see LICENSE.
 *
 * @example audioset.find("cowbell").parents.map((parent) => parent.label) // ["percussion", "bell"]
 * @see Gemmeke et al. 2017, "Audio Set: An ontology and human-labeled dataset for audio events"; github.com/audioset/ontology
 */
export const audioset: Taxonomy = /* @__PURE__ */ taxonomyFromRows(/* @__PURE__ */ audiosetRows(), {
  name: "audioset",
  source:
    "AudioSet ontology, Google LLC, CC BY-SA 4.0, github.com/audioset/ontology, " +
    "commit 1e85b88a094054c66096a18073b76cb71f5b1436",
});

function audiosetRows(): TaxonomyRow[] {
  // Their first letter is a capital within a sentence too.
  const properNames = ["French horn", "Hammond organ", "Rhodes piano"];
  const parentsOf = new Map<string, string[]>(audiosetClasses.map(([id]) => [id, []]));
  for (const [id, , ...children] of audiosetClasses) for (const child of children) parentsOf.get(child)!.push(id);
  return audiosetClasses.map(([id, name]) => {
    const [first, ...others] = name.replace(/ \(.*\)$/, "").split(", ");
    const label = properNames.includes(name) ? name : first!.toLowerCase();
    return { id, name, label, aliases: others, parents: parentsOf.get(id)! };
  });
}
