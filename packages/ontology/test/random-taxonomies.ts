import fc from "fast-check";
import { type Taxonomy, taxonomyFromRows } from "../src/index.ts";

/** Taxonomies of 1 to 14 nodes; node k has one to three parents among the nodes before it. */
export const taxonomies: fc.Arbitrary<Taxonomy> = fc
  .array(fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), { maxLength: 13 })
  .map((choices) => {
    const rows = choices.map((picks, k) => ({
      id: `n${k + 1}`,
      parents: [...new Set(picks.map((pick) => `n${pick % (k + 1)}`))],
    }));
    return taxonomyFromRows([{ id: "n0" }, ...rows], { name: "random", source: "fast-check" });
  });
