import fc from "fast-check";
import { expect, test } from "vitest";
import { mergeSymbols } from "../../src/text/merge-symbols.ts";
import { type Merge, MergeTable } from "../../src/text/merge-table.ts";

const run = (symbols: number[], merges: Merge[]) =>
  Array.from(mergeSymbols(Int32Array.from(symbols), new MergeTable(merges)));

// a = 0, b = 1, c = 2
const merge = (left: number, right: number, joined: number): Merge => ({ left, right, joined });

test("merges the pair of lowest rank first, wherever it is", () => {
  expect(run([0, 1, 2], [merge(1, 2, 10), merge(0, 1, 11)])).toEqual([0, 10]);
  expect(run([0, 1, 2], [merge(0, 1, 11), merge(1, 2, 10)])).toEqual([11, 2]);
});

test("merges from left to right where occurrences overlap", () => {
  expect(run([0, 0, 0], [merge(0, 0, 10)])).toEqual([10, 0]);
  expect(run([0, 0, 0, 0, 0], [merge(0, 0, 10), merge(10, 10, 11)])).toEqual([11, 0]);
});

test("leaves what does not merge, a single symbol and nothing as they are", () => {
  expect(run([2, 1, 0], [merge(0, 1, 10)])).toEqual([2, 1, 0]);
  expect(run([2], [merge(0, 1, 10)])).toEqual([2]);
  expect(run([], [])).toEqual([]);
});

// Checked with tokenizers 0.23.2: models.BPE(vocab={"a": 0, "b": 1, "ab": 10, "aba": 11}, merges=[("ab", "a"), ("a", "b")])
// makes of "abab" the tokens "aba" and "b". The Python tokenizer of transformers 4 makes "ab" and "ab".
test("takes a pair of lower rank that a merge makes before the other occurrences of that merge", () => {
  expect(run([0, 1, 0, 1], [merge(10, 0, 11), merge(0, 1, 10)])).toEqual([11, 1]);
});

/** BPE as its paper has it: find the best pair, merge all of it, begin again. */
function naive(symbols: readonly number[], merges: readonly Merge[]): number[] {
  let current = [...symbols];
  for (;;) {
    const best = merges.find(({ left, right }) => current.some((s, at) => s === left && current[at + 1] === right));
    if (best === undefined) return current;
    const merged: number[] = [];
    for (let at = 0; at < current.length; at++)
      if (current[at] === best.left && current[at + 1] === best.right) {
        merged.push(best.joined);
        at++;
      } else merged.push(current[at]!);
    current = merged;
  }
}

test("equals the naive algorithm for merges in the order of training", () => {
  const letters = 3;
  // Merge i joins two tokens that exist before it into token letters + i.
  const merges = fc
    .array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 12 })
    .map((pairs) => pairs.map(([l, r], i) => merge(l % (letters + i), r % (letters + i), letters + i)))
    .map((list) => list.filter((m, i) => list.findIndex((n) => n.left === m.left && n.right === m.right) === i));
  fc.assert(
    fc.property(fc.array(fc.nat(letters - 1), { maxLength: 60 }), merges, (symbols, list) => {
      expect(run(symbols, list)).toEqual(naive(symbols, list));
    }),
    { numRuns: 1000 },
  );
});

test("is not quadratic in the length of a piece", () => {
  const merges = Array.from({ length: 15 }, (_, i) => merge(i, i, i + 1));
  expect(run(new Array(2 ** 20 + 1).fill(0), merges)).toEqual([...new Array(32).fill(15), 0]);
});
