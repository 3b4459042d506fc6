import { expect, it } from "vitest";
import { NAMED_ONTOLOGIES } from "../src/ontology-choice.ts";
import { AGREED, ONTOLOGY_NAMES } from "../src/ontology-names.ts";

it("the names in the help are those of the ontologies, and the one for all of them", () => {
  expect(ONTOLOGY_NAMES).toEqual([...NAMED_ONTOLOGIES.map(({ name }) => name), AGREED]);
});
