import {
  agreedTriplets,
  audioset,
  doktorski,
  hornbostelSachs,
  musicbrainzTypes,
  sharedInstruments,
  type Taxonomy,
  tinysolTerms,
} from "@irec/ontology";
import { describe, expect, it } from "vitest";
import { evaluate } from "../src/evaluate.ts";
import { NAMED_ONTOLOGIES } from "../src/ontology-choice.ts";
import { irecProcess } from "./irec-process.ts";
import { paragraph } from "./one-paragraph.ts";
import { writeSyntheticStore } from "./synthetic-store.ts";
import { temporaryFolders } from "./temp-folder.ts";

const irec = irecProcess();
const newFolder = temporaryFolders();
const run = (args: string) => irec.run(args.split(" "), { cwd: newFolder() });

describe("irec triplets --ontology NAME", () => {
  // Counted in Python from nothing but the parents of each node; those of agreed by @irec/ontology, checked there.
  it.each([
    ["audioset", "terms: 91\ntriplets: 79382\nties: 285073\n"],
    ["audioset --terms tinysol", "terms: 12\ntriplets: 248\nties: 412\n"],
    ["hornbostel-sachs --terms leaves", "terms: 97\ntriplets: 188848\nties: 253472\n"],
    ["hornbostel-sachs --terms tinysol", "terms: 14\ntriplets: 686\nties: 406\n"],
    ["musicbrainz-types --terms violin,cello,flute", "terms: 3\ntriplets: 2\nties: 1\n"],
    ["agreed", "terms: 40\ntriplets: 2126\nnot in all ontologies: 60\n"],
    ["agreed --terms tinysol", "terms: 12\ntriplets: 132\nnot in all ontologies: 2\n"],
    ["agreed --rule path --min-gap 2", "terms: 40\ntriplets: 1889\nnot in all ontologies: 60\n"],
  ])("%s counts", async (args, stdout) => {
    expect(await run(`triplets --count --ontology ${args}`)).toEqual({ status: 0, stdout, stderr: "" });
  });

  it("agreed writes triplets that every ontology confirms, in doktorski's words", async () => {
    const { stdout } = await run("triplets --ontology agreed --terms violin,cello,flute,trumpet,tuba");
    expect(stdout.split("\r\n").slice(1, 4)).toEqual([
      "violin,violoncello,flute",
      "violin,violoncello,trumpet",
      "violoncello,violin,flute",
    ]);
  });

  it("agreed samples from its triplets, the same for the same seed", async () => {
    const all = (await run("triplets --ontology agreed")).stdout.split("\r\n");
    const [once, again] = await Promise.all([1, 2].map(() => run("triplets --ontology agreed --sample 20 --seed 4")));
    const rows = once!.stdout.split("\r\n").slice(1, -1);
    expect(rows).toHaveLength(20);
    expect(rows.every((row) => all.includes(row))).toBe(true);
    expect(again).toEqual(once);
    const { status, stderr } = await run("triplets --ontology agreed --sample 3000");
    expect([status, paragraph(stderr)]).toEqual([2, "--sample 3000: there are only 2126 triplets."]);
  });

  it("refuses the published rule, and a name that none has", async () => {
    const published = await run("triplets --ontology agreed --rule published-2024");
    expect(paragraph(published.stderr)).toBe("--rule published-2024 exists for the doktorski ontology only.");
    const unknown = await run("triplets --ontology audio-set");
    expect([unknown.status, paragraph(unknown.stderr)]).toEqual([
      3,
      "audio-set: no such ontology; expected doktorski, audioset, hornbostel-sachs, musicbrainz-types, agreed, or a " +
        "file of your own: .csv, .json, .jsonld, .ttl.",
    ]);
  });
});

describe("irec evaluate --ontology NAME", () => {
  const evaluated = (ontology: Taxonomy | readonly Taxonomy[]) =>
    evaluate({ ...writeSyntheticStore(newFolder()), ontology, experiments: ["triplets"], draws: 20 });

  it.each([
    ["audioset", audioset, ["lca", "path", "wu-palmer"], '"tuba", "viola"'],
    ["hornbostel-sachs", hornbostelSachs, ["lca", "path", "wu-palmer"], undefined],
    ["musicbrainz-types", musicbrainzTypes, ["lca", "path", "wu-palmer"], undefined],
  ] as const)(
    "%s scores the triplets of the labels that it knows, and names the others",
    async (name, ontology, rules, lacked) => {
      const { experiments, skipped, ontology: recorded } = await evaluated(ontology);
      expect(recorded).toBe(name);
      expect([...new Set(experiments.triplets!.map((row) => row.rule))].toSorted()).toEqual(rules);
      for (const row of experiments.triplets!) {
        const agreed = agreedTriplets([ontology], { instruments: tinysolTerms, rule: row.rule as "lca" });
        expect(row.triplets).toBe(agreed.arrays.length);
        expect(row.perNode.every(({ node }) => ontology.has(node))).toBe(true);
        expect(row.perNode.reduce((sum, node) => sum + node.triplets, 0)).toBe(row.triplets);
      }
      const reasons = [
        ...new Set(skipped.filter(({ experiment }) => experiment === "triplets").map((skip) => skip.reason)),
      ];
      expect(reasons).toEqual(
        lacked === undefined ? [] : [`${name} lacks ${lacked}; the triplets are of the other labels`],
      );
    },
  );

  it("agreed scores the triplets that all of them confirm, as if they were all", async () => {
    const { experiments, skipped, ontology } = await evaluated(NAMED_ONTOLOGIES);
    expect(ontology).toBe("agreed: doktorski, audioset, hornbostel-sachs, musicbrainz-types");
    const row = experiments.triplets!.find(({ rule }) => rule === "lca")!;
    expect(row.triplets).toBe(132);
    expect(row.perAnchor.map(({ label }) => label)).not.toContain("viola");
    expect(row.correct).toBeLessThanOrEqual(row.triplets);
    expect(skipped.map(({ reason }) => reason)).toContainEqual(expect.stringContaining('"tuba", "viola"'));
  });

  it("scores the same triplets right whichever ontology asks for them", async () => {
    // Doktorski's and Hornbostel-Sachs' agreed triplets of TinySOL are Doktorski's own 686: triplets.md, section 3.
    const own = (await evaluated(doktorski)).experiments.triplets!.filter(({ rule }) => rule === "lca");
    const both = (await evaluated([doktorski, hornbostelSachs])).experiments.triplets!.filter(
      ({ rule }) => rule === "lca",
    );
    expect(both).toEqual(own);
    expect(own[0]!.triplets).toBe(686);
  });

  it("runs from the command line", async () => {
    const { embeddings, groundTruth } = writeSyntheticStore(newFolder());
    const inputs = `-e ${embeddings} -g ${groundTruth}`;
    const { status, stdout } = await run(`evaluate ${inputs} --ontology agreed -x triplets --draws 20 --json`);
    expect(status).toBe(0);
    const { ontology, provenance, experiments } = JSON.parse(stdout);
    expect([ontology.slice(0, 7), experiments.triplets[0].triplets > 0]).toEqual(["agreed:", true]);
    expect(provenance.inputs.some(({ path }: { path: string }) => path.includes("agreed"))).toBe(false);
  });
});

it("the ontologies that have a name share more instruments than a triplet needs", () => {
  expect(sharedInstruments(NAMED_ONTOLOGIES).instruments.length).toBeGreaterThan(3);
});
