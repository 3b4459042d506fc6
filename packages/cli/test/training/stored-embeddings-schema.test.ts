import { FIT_HEADS_DEFAULTS, HEAD_KINDS, MAPPING_NAMES, TRIPLET_LOSSES, TUNE_TEXT_DEFAULTS } from "@irec/encoders";
import { describe, expect, it } from "vitest";
import { projectionKind } from "../../src/training/projection/projection-kind.ts";
import { tripletKind } from "../../src/training/triplets/triplet-kind.ts";
import { configReader, schema, validate } from "./train-config-checks.ts";

const isRead = configReader();

const kinds = { projection: projectionKind, triplets: tripletKind };
const libraryDefaults = { projection: FIT_HEADS_DEFAULTS, triplets: TUNE_TEXT_DEFAULTS };

describe.each(["projection", "triplets"] as const)("the schema of the kind %s", (kind) => {
  const { kind: _, ...properties } = schema.$defs[kind].properties;
  const defaults = kinds[kind].defaultConfig as Record<string, unknown>;
  const whole = { schemaVersion: 1, kind, out: "out", ...defaults };

  it("has the fields that are read, with their defaults, which are those of the library", () => {
    expect(Object.keys(properties).sort()).toEqual([...kinds[kind].keys].sort());
    for (const [name, field] of Object.entries<{ default?: unknown }>(properties)) {
      if (!["embeddings", "model", "name"].includes(name)) expect(field.default, name).toEqual(defaults[name]);
    }
    const { seed: _seed, ...fitted } = libraryDefaults[kind];
    for (const [name, value] of Object.entries(fitted)) {
      // A margin is not taken by the loss that is the default.
      if (name !== "margin") expect(defaults[name], name).toBe(value);
    }
  });

  it.each<[object]>([
    [{}],
    [{ seed: 3, promptSets: ["plain"], dataset: "tinysol", groundTruth: "truth.csv" }],
    [{ heldOut: { labels: ["violin"] } }],
    ...(kind === "projection"
      ? [
          [{ heldOut: { folds: [0, 3] } }],
          [{ head: "mlp", hidden: 64 }],
          [{ mapping: "text-into-audio-space", embedDim: null }],
        ]
      : [[{ heldOut: { count: 4 } }], [{ loss: "margin", temperature: null, margin: 0.1 }], [{ ontology: "mine.json" }]]
    ).map(([changes]) => [changes!] as [object]),
  ])("takes what the command takes: %o", async (changes) => {
    const config = { ...whole, ...changes };
    expect([validate(config), validate.errors]).toEqual([true, null]);
    expect(await isRead(config)).toBe(true);
  });

  it.each<[object]>([
    [{ depth: 3 }],
    [{ name: "../x" }],
    [{ name: ".x" }],
    [{ promptSets: [] }],
    [{ heldOut: {} }],
    [{ heldOut: { labels: [] } }],
    [{ epochs: 0 }],
    [{ learningRate: 0 }],
    [{ learningRate: 1e30 }],
    [{ weightDecay: -1 }],
    ...(kind === "projection"
      ? [
          [{ heldOut: { share: 1 } }],
          [{ heldOut: { share: 0.5, folds: [1] } }],
          [{ hidden: 5 }],
          [{ mapping: "audio-into-text-space" }],
          [{ embedDim: null }],
          [{ batchSize: 1 }],
          [{ temperature: 0 }],
        ]
      : [
          [{ heldOut: { parts: 1 } }],
          [{ margin: 0.1 }],
          [{ loss: "margin" }],
          [{ loss: "margin", temperature: 0.1 }],
          [{ temperature: 0 }],
          [{ rule: "published-2024" }],
        ]
    ).map(([changes]) => [changes!] as [object]),
  ])("refuses what the command refuses: %o", async (changes) => {
    const config = { ...whole, ...changes };
    expect(validate(config)).toBe(false);
    expect(await isRead(config)).toBe(false);
  });
});

it("the words of the schema are those of the library", () => {
  const { projection, triplets } = schema.$defs;
  expect(projection.properties.mapping.enum).toEqual(MAPPING_NAMES);
  expect(projection.properties.head.enum).toEqual(HEAD_KINDS);
  expect(triplets.properties.loss.enum).toEqual(TRIPLET_LOSSES);
});
