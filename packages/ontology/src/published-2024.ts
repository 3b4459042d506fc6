import { doktorski, tinysolTerms } from "./doktorski.ts";
import type { TaxonomyNode } from "./taxonomy.ts";
import { emptyTriplets, type TripletArrays } from "./triplets.ts";

/*
 * The triplets of the study as its code made them, for reproduction only. The rule is not a similarity on the taxonomy:
 *
 * - two branches of the tree are misplaced, `electrophone` beside `instrument` and `indeterminate_pitch` beside `membranophone`;
 * - a name means the first node of that name, although names repeat;
 * - terms of different families are at distance -1, which is then compared as if it were nearer than anything;
 * - the *nearer* term of two is made the negative;
 * - rewriting a category's name for the output also changes the rest of its loop.
 *
 * Nothing else in this package uses this file.
 */

/**
 * The study's triplet file for all terms, byte for byte, in chunks of about 64 KiB: 434,116 rows after the header
 * `anchor,positive,negative`, CRLF line ends, 18,293,938 bytes, SHA-256
 * 6d6e5b3067cf856f7c686c1fc08739027fd1522fd4e75045489558cd0781b9ee.
 *
 * @example
 * let text = "";
 * for (const chunk of publishedTripletCsv()) text += chunk;
 * text.split("\r\n")[1] // "stringed instruments,bowed instruments,wind instruments"
 */
export function* publishedTripletCsv(): Generator<string> {
  const { listing, spelled, rewritten, distance } = publishedNames();
  const ends = spelled.map((name) => `${name}\r\n`);
  let chunk = "anchor,positive,negative\r\n";
  for (let i = 0; i < listing.length; i++) {
    let t1 = listing[i]!;
    for (let j = i + 1; j < listing.length; j++) {
      let t2 = listing[j]!;
      if (t1 === t2) continue;
      const limit = distance(t1, t2);
      if (limit <= 0) continue;
      let start = "";
      const run: string[] = [];
      for (const t3 of listing) {
        if (t3 === t1 || t3 === t2 || distance(t1, t3) >= limit) continue;
        if (run.length === 0) {
          // Both stay rewritten: t2 to the end of its loop over t3, t1 to the end of its loop over t2.
          t1 = rewritten[t1]!;
          t2 = rewritten[t2]!;
          start = `${spelled[t1]},${spelled[t2]},`;
        }
        run.push(ends[rewritten[t3]!]!);
      }
      // Joining with the common start writes the rows several times as fast as appending them one by one.
      if (run.length > 0) chunk += start + run.join(start);
      if (chunk.length < chunkLength) continue;
      yield chunk;
      chunk = "";
    }
  }
  yield chunk;
}

/** Characters; a chunk ends with the first pair of terms that reaches it. */
const chunkLength = 2 ** 16;

/**
 * The study's distances between the TinySOL instruments, shape [14, 14], row-major, in the order of `tinysolTerms`: edges
 * between two instruments of one family, -1 between families, 0 on the diagonal. Equal to the study's
 * `tinysol_instrument_similarity.npy`.
 *
 * @example publishedDistanceMatrix()[4] // 9: tuba to accordion
 */
export function publishedDistanceMatrix(): Float64Array {
  const paths = tinysolTerms.map(publishedPath);
  return Float64Array.from(paths.flatMap((a) => paths.map((b) => publishedDistance(a, b))));
}

/**
 * The study's 237 TinySOL triplets as it scored them: indices into `tinysolTerms`, anchors ascending, then positives, then
 * negatives. An encoder was counted right when the anchor's cosine with the positive exceeds that with the negative.
 *
 * The anchor comes before both others in the list, and the positive is the *farther* one, or any of the same family when
 * the negative is of another. By LCA depth on the chart's tree 170 point the right way and 67 the wrong way, by Wu-Palmer
 * too; by path length 134 the right way, 83 the wrong way, and 20 are ties. Ten of the instruments ever anchor: never
 * violoncello, flute, oboe or saxophone.
 */
export function publishedTinysolTriplets(): TripletArrays {
  const matrix = publishedDistanceMatrix();
  const n = tinysolTerms.length;
  const found: (readonly [number, number, number])[] = [];
  for (let anchor = 0; anchor < n; anchor++)
    for (let positive = anchor + 1; positive < n; positive++)
      for (let negative = anchor + 1; negative < n; negative++) {
        const [near, far] = [matrix[anchor * n + negative]!, matrix[anchor * n + positive]!];
        if (positive !== negative && far > -1 && far > near) found.push([anchor, positive, negative]);
      }
  const arrays = emptyTriplets(found.length, n);
  for (const [row, [anchor, positive, negative]] of found.entries()) {
    arrays.anchors[row] = anchor;
    arrays.positives[row] = positive;
    arrays.negatives[row] = negative;
  }
  return arrays;
}

/**
 * A node's names from the top down in the study's tree: a root above everything holds `instrument` and `electrophone`, and
 * `indeterminate_pitch` hangs on `percussion`.
 */
function publishedPath(node: TaxonomyNode): readonly string[] {
  const names = ["(root)", ...node.id.split("/")];
  if (names[2] === "electrophone") names.splice(1, 1);
  if (names[4] === "indeterminate_pitch") names.splice(3, 1);
  return names;
}

/** Edges between two nodes; -1 when they share exactly the two topmost names, that is, only `instrument`. */
function publishedDistance(a: readonly string[], b: readonly string[]): number {
  let common = 0;
  while (common < a.length && common < b.length && a[common] === b[common]) common++;
  return common === 2 ? -1 : a.length + b.length - 2 * common;
}

/** The study's names as numbers: those of the terms first, then what becomes of each when it is rewritten. */
interface PublishedNames {
  /** The 150 terms, depth-first; a name that several nodes have comes several times, as the same number. */
  readonly listing: readonly number[];
  /** Per number, the name. */
  readonly spelled: readonly string[];
  /** Per number, the number of the rewritten name; leaves and rewritten names stay as they are. */
  readonly rewritten: readonly number[];
  /** The distance of the first nodes of two names; -1 when a name, such as a rewritten one, is no node's. */
  readonly distance: (a: number, b: number) => number;
}

function publishedNames(): PublishedNames {
  // The misplaced branches are the last of their parents, so that the order of terms is that of the chart.
  const firstNodes = new Map<string, TaxonomyNode>();
  for (const node of doktorski.terms) if (!firstNodes.has(node.name)) firstNodes.set(node.name, node);
  const leaves = new Set(doktorski.leaves.map((leaf) => leaf.name));

  const names = [...firstNodes.keys()];
  const count = names.length;
  const numberOf = new Map(names.map((name, number) => [name, number]));
  const staysAsItIs = (name: string): boolean => leaves.has(name) || name.includes("instruments");
  const spelled = [...names, ...names.map((name) => `${name} instruments`)];
  const rewritten = spelled.map((name, number) => (staysAsItIs(name) ? number : number + count));

  const paths = [...firstNodes.values()].map(publishedPath);
  const distances = Int8Array.from(paths.flatMap((a) => paths.map((b) => publishedDistance(a, b))));
  const distance = (a: number, b: number): number => (a < count && b < count ? distances[a * count + b]! : -1);
  return { listing: doktorski.terms.map((term) => numberOf.get(term.name)!), spelled, rewritten, distance };
}
