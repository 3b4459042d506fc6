import { doktorski } from "./doktorski.ts";
import type { Taxonomy } from "./taxonomy.ts";
import { type TaxonomyRow, taxonomyFromRows } from "./taxonomy-from-rows.ts";

/** The types of MusicBrainz that the leaves of `doktorski` have; none of them is one of its ensembles or families. */
export type InstrumentType = "string" | "wind" | "percussion" | "electronic" | "other";

/**
 * The instruments of Doktorski's taxonomy by type, after MusicBrainz's definitions: aerophones are wind, chordophones string,
 * idiophones and struck or rubbed drums percussion, and what makes its sound with electricity electronic. A string or a tine
 * that a pick-up hears stays string or percussion: it is what vibrates. Voice, kazoo (a membrane that is not struck or rubbed)
 * and orchestrion (no single sound source) are other.
 *
 * The assignment is ours, by those definitions, and no copy of MusicBrainz's data. Two levels, so that LCA depth asks one
 * question: same type or not. Ids and names of the leaves are Doktorski's names.
 *
 * @example musicbrainzTypes.find("cello").parents[0].id // "string"
 * @see MusicBrainz, "Instrument", musicbrainz.org/doc/Instrument
 */
export const musicbrainzTypes: Taxonomy = /* @__PURE__ */ taxonomyFromRows(/* @__PURE__ */ typeRows(), {
  name: "musicbrainz-types",
  source:
    "instrument types as defined at musicbrainz.org/doc/Instrument; assigned to Doktorski's instruments by @irec/ontology",
});

function typeRows(): TaxonomyRow[] {
  const typeLabels: Record<InstrumentType, string> = {
    string: "string instruments",
    wind: "wind instruments",
    percussion: "percussion instruments",
    electronic: "electronic instruments",
    other: "other instruments",
  };
  const typesOfBranches: Readonly<Record<string, InstrumentType>> = {
    stringed: "string",
    wind: "wind",
    percussion: "percussion",
    electrophone: "electronic",
  };
  const exceptions: Readonly<Record<string, InstrumentType>> = {
    voice: "other",
    aeolian_harp: "string",
    jew_harp: "percussion",
    orchestrion: "other",
    kazoo: "other",
    electric_guitar: "string",
    electric_bass: "string",
    electric_violin: "string",
    fender_rhodes_electric_piano: "percussion",
  };
  const types = Object.entries(typeLabels).map(([id, label]) => ({ id, label, parent: "instrument" }));
  const instruments = doktorski.leaves.map(({ id: path, name, label, aliases }) => {
    const parent: InstrumentType = exceptions[name] ?? typesOfBranches[path.split("/")[1]!]!;
    return { id: name, name, label, aliases, parent };
  });
  return [{ id: "instrument", label: "musical instruments" }, ...types, ...instruments];
}
