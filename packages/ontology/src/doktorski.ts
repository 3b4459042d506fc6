import { doktorskiTree } from "./doktorski-tree.ts";
import type { Taxonomy, TaxonomyNode } from "./taxonomy.ts";
import { taxonomyFromTree } from "./taxonomy-from-tree.ts";

/**
 * Henry Doktorski's instrument taxonomy, as his chart has it: 151 nodes, of which 150 are terms (all but the root
 * `instrument`), 100 instruments and 50 categories; a tree.
 *
 * The study's code misplaces two branches of it; `published-2024.ts` reproduces that, this taxonomy does not.
 *
 * @example doktorski.find("cello").parents[0].label // "bowed string instruments"
 * @see Henry Doktorski, "Taxonomy of Musical Instruments", The Classical Free-Reed, Inc.,
 *   henrydoktorski.com/free-reed/description/taxonomy.html
 */
export const doktorski: Taxonomy = /* @__PURE__ */ taxonomyFromTree(doktorskiTree, {
  name: "doktorski",
  source:
    'Henry Doktorski, "Taxonomy of Musical Instruments", The Classical Free-Reed, Inc., ' +
    "henrydoktorski.com/free-reed/description/taxonomy.html",
});

/**
 * The 14 instruments of the TinySOL recordings as nodes of `doktorski`, in the order of the study's tables: tuba, French
 * horn, trombone, trumpet, accordion, contrabass, violin, viola, violoncello, bassoon, clarinet, flute, oboe, saxophone.
 *
 * @see Cella et al. 2020, "OrchideaSOL"; TinySOL, Zenodo record 3685367
 */
export const tinysolTerms: readonly TaxonomyNode[] = /* @__PURE__ */ Object.freeze(
  /* @__PURE__ */ [
    "tuba",
    "french_horn",
    "trombone",
    "trumpet",
    "accordion",
    "contrabass",
    "violin",
    "viola",
    "violoncello",
    "bassoon",
    "clarinet",
    "flute",
    "oboe",
    "saxophone",
  ].map((name) => /* @__PURE__ */ doktorski.find(name)),
);
