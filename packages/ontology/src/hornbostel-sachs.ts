import { doktorski } from "./doktorski.ts";
import { ArgumentError } from "./errors.ts";
import { hornbostelSachsClasses } from "./hornbostel-sachs-classes.ts";
import { hornbostelSachsLabels } from "./hornbostel-sachs-labels.ts";
import type { Taxonomy } from "./taxonomy.ts";
import { type TaxonomyRow, taxonomyFromRows } from "./taxonomy-from-rows.ts";

/**
 * The instruments of Doktorski's taxonomy by their Hornbostel-Sachs classes (MIMO revision), as far as they have one: 97 of
 * the 100. Every digit of a number is a level of the taxonomy, and so is every digit of a suffix: 3, 32, 321, 321.3, 321.32,
 * 321.322, 321.322-7, 321.322-71, below which stand violin, viola and others. A number of two parts joined by "+" has both as
 * parents. Leaves have Doktorski's names, labels and aliases; their ids are the names, those of the classes the numbers.
 *
 * `hornbostelSachsClasses` says for each instrument where its class was checked.
 *
 * @example hornbostelSachs.find("cello").parents[0].id // "321.322-71"
 * @see Hornbostel and Sachs 1914, "Systematik der Musikinstrumente"; MIMO consortium 2011, "Revision of the Hornbostel-Sachs
 *   Classification of Musical Instruments"
 */
export const hornbostelSachs: Taxonomy = /* @__PURE__ */ taxonomyFromRows(/* @__PURE__ */ classRows(), {
  name: "hornbostel-sachs",
  source:
    "Hornbostel and Sachs 1914, in the revision of the MIMO consortium, 2011; classes of the instruments as in " +
    "hornbostelSachsClasses",
});

function classRows(): TaxonomyRow[] {
  const rootId = "instrument";
  const classes = new Map<string, TaxonomyRow>();
  const instruments: TaxonomyRow[] = [];
  for (const { instrument, number } of hornbostelSachsClasses) {
    if (number === undefined) continue;
    const parts = number.split("+").map(hornbostelSachsPath);
    for (const path of parts)
      for (const [level, id] of path.entries())
        if (!classes.has(id)) classes.set(id, { id, label: labelOfClass(id), parent: path[level - 1] ?? rootId });
    const { name, label, aliases } = doktorski.find(instrument);
    instruments.push({ id: name, name, label, aliases, parents: parts.map((path) => path.at(-1)!) });
  }
  const byNumber = [...classes.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return [{ id: rootId, label: "musical instruments" }, ...byNumber, ...instruments];
}

/**
 * A class and all classes above it, the widest first: a level for each digit of the number, then for each digit of each suffix.
 *
 * @param number - one class, without "+"; the dots after every third digit may be left out
 * @throws {ArgumentError} when it is no such number
 * @example hornbostelSachsPath("421.222.11-9").slice(-3) // ["421.222.1", "421.222.11", "421.222.11-9"]
 */
export function hornbostelSachsPath(number: string): string[] {
  const [base = "", ...suffixes] = typeof number === "string" ? number.split("-") : [];
  const digits = base.replaceAll(".", "");
  if (!/^[1-5]\d*$/.test(digits) || !suffixes.every((suffix) => /^\d+$/.test(suffix)))
    throw new ArgumentError("number", number, 'the number of one Hornbostel-Sachs class, such as "321.322-71"');
  const path: string[] = [];
  for (let length = 1; length <= digits.length; length++)
    path.push(digits.slice(0, length).replace(/\d{3}(?=\d)/g, "$&."));
  for (const suffix of suffixes) {
    const above = path.at(-1)!;
    for (let length = 1; length <= suffix.length; length++) path.push(`${above}-${suffix.slice(0, length)}`);
  }
  return path;
}

function labelOfClass(number: string): string {
  return hornbostelSachsLabels[number] ?? `Hornbostel-Sachs class ${number}`;
}
