import { xoshiro128 as ofMetrics } from "@irec/metrics";
import { xoshiro128 as ofOntology } from "@irec/ontology";
import { expect, it } from "vitest";

// The two packages may not import each other, and both promise the same sequence to their users.
it.each([0, 1, 2024, 2 ** 31, 2 ** 32 - 1])("ontology and metrics draw the same numbers from seed %i", (seed) => {
  const [a, b] = [ofOntology(seed), ofMetrics(seed)];
  for (let i = 0; i < 1000; i++) {
    expect(a.nextUint32()).toBe(b.nextUint32());
    expect(a.nextBelow(i + 3)).toBe(b.nextBelow(i + 3));
    expect(a.nextDouble()).toBe(b.nextDouble());
  }
  expect(a.nextBelow(2 ** 32)).toBe(b.nextBelow(2 ** 32));
});
