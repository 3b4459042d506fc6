import { describe, expect, test } from "vitest";
import { audioset, audiosetMatches, doktorski } from "../src/index.ts";

const labels = (nodes: readonly { label: string }[]): string[] => nodes.map((node) => node.label);

describe("audioset", () => {
  test("has the 92 classes from Musical instrument downwards, 70 of them leaves, and four levels", () => {
    expect(audioset.root).toMatchObject({ id: "/m/04szw", name: "Musical instrument" });
    expect([audioset.nodes.length, audioset.terms.length, audioset.leaves.length]).toEqual([92, 91, 70]);
    expect(Math.max(...audioset.nodes.map((node) => node.depth))).toBe(4);
  });

  // As github.com/audioset/ontology has them.
  test.each([
    [
      "/m/04szw",
      "plucked string instrument, keyboard, percussion, orchestra, brass instrument, bowed string instrument, wind instrument, " +
        "harp, choir, bell, harmonica, accordion, bagpipes, didgeridoo, shofar, theremin, singing bowl, musical ensemble, " +
        "bass, scratching",
    ],
    ["/m/0342h", "electric guitar, bass guitar, acoustic guitar, steel guitar, tapping, strum"],
    ["/m/0l14_3", "string section, violin, cello, double bass"],
    ["/m/085jw", "flute, saxophone, clarinet, oboe, bassoon"],
    ["/m/01kcd", "French horn, trumpet, trombone, cornet, bugle"],
    ["/m/026t6", "snare drum, bass drum, timpani, tabla"],
    ["/m/0395lw", "church bell, cowbell, jingle bell, bicycle bell, tuning fork, chime, change ringing"],
  ])("has below %s: %s", (id, children) => {
    expect(labels(audioset.get(id).children).toSorted()).toEqual(children.split(", ").toSorted());
  });

  test("is a graph: the cowbell, and only it, has two parents", () => {
    const several = audioset.nodes.filter((node) => node.parents.length > 1);
    expect(several.map((node) => [node.id, labels(node.parents)])).toEqual([["/m/0239kh", ["percussion", "bell"]]]);
  });

  test("has labels of its own for all classes, which lead back to them, as do names and second names", () => {
    for (const node of audioset.nodes)
      for (const spelling of [node.label, node.name, ...node.aliases]) expect(audioset.find(spelling)).toBe(node);
    expect(audioset.find("fiddle").name).toBe("Violin, fiddle");
    expect(audioset.find("slide guitar").label).toBe("steel guitar");
  });
});

describe("audiosetMatches", () => {
  test("lead from terms of doktorski to classes of audioset, from each term to one", () => {
    for (const match of audiosetMatches)
      expect(doktorski.has(match.doktorski) && audioset.has(match.audioset), JSON.stringify(match)).toBe(true);
    expect(new Set(audiosetMatches.map((match) => match.doktorski)).size).toBe(audiosetMatches.length);
  });

  test("that are exact or close lead to different classes", () => {
    const same = audiosetMatches.filter(({ relation }) => relation === "exact" || relation === "close");
    expect(new Set(same.map((match) => match.audioset)).size).toBe(same.length);
  });

  test("that are exact have a word of the name in common", () => {
    const words = (texts: readonly string[]) => new Set(texts.flatMap((text) => text.toLowerCase().match(/[a-z]+/g)!));
    for (const { doktorski: id, audioset: other, relation } of audiosetMatches) {
      if (relation !== "exact") continue;
      const [a, b] = [doktorski.get(id), audioset.get(other)];
      const ours = words([a.name, a.label, ...a.aliases]);
      expect(
        [...words([b.name])].some((word) => ours.has(word)),
        `${a.label}: ${b.name}`,
      ).toBe(true);
    }
  });
});
