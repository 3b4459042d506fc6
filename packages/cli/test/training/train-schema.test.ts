import { muscallConfig } from "@irec/encoders";
import { describe, expect, it } from "vitest";
import { TRAINING_KINDS } from "../../src/training/config.ts";
import { contrastiveKind } from "../../src/training/contrastive/contrastive-kind.ts";
import { tinyConfig } from "./tone-set.ts";
import { configReader, schema, validate } from "./train-config-checks.ts";

const isRead = configReader();

it("knows every kind of training", () => {
  expect(schema.properties.kind.enum).toEqual(TRAINING_KINDS);
});

describe("the schema of a contrastive configuration", () => {
  const { properties } = schema.$defs.contrastive;
  const whole = tinyConfig(contrastiveKind.defaultConfig);

  it("has the fields that are read, and the defaults that they have", () => {
    expect(Object.keys(properties).sort()).toEqual([...contrastiveKind.keys].sort());
    expect(Object.keys(properties.model.properties)).toEqual(Object.keys(muscallConfig));
    const defaultsOf = (fields: Record<string, { default?: unknown }>) =>
      Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.default]));
    for (const name of ["model", "optimiser", "validation", "checkpoints"] as const) {
      expect(defaultsOf(properties[name].properties), name).toEqual((whole as Record<string, unknown>)[name]);
    }
    expect(defaultsOf(properties.augmentation.oneOf[1].properties)).toEqual(whole.augmentation);
    const { train, validation, ...data } = defaultsOf(properties.data.properties);
    expect(whole.data).toMatchObject(data);
    for (const name of ["tokenizer", "startFrom", "loss", "epochs", "batchSize", "schedule"]) {
      expect(properties[name].default, name).toEqual(whole[name]);
    }
  });

  it.each<[string, object]>([
    ["the defaults", {}],
    ["the tiny one of the tests", tinyConfig()],
    [
      "one from parquet files",
      { data: { train: parquet({ split: "train" }), validation: parquet({ captionColumn: ["a", "b"] }) } },
    ],
    ["one without changes of the sound", { augmentation: null, schedule: { kind: "cosine", period: 10.5 } }],
    [
      "one that warms up and is patient",
      { schedule: { kind: "linear-warmup-cosine", warmupSteps: 3 }, validation: { patience: 3 } },
    ],
  ])("takes what the command takes: %s", async (_, changes) => {
    const config = { ...whole, ...changes };
    expect([validate(config), validate.errors]).toEqual([true, null]);
    expect(await isRead(config)).toBe(true);
  });

  it.each<[string, object]>([
    ["an unknown field", { batchsize: 3 }],
    ["an unknown field of the model", { model: { layers: 3 } }],
    ["a batch of one", { batchSize: 1 }],
    ["half an epoch", { epochs: 0.5 }],
    ["a probability above 1", { augmentation: { noise: 1.1 } }],
    ["a range of one number", { augmentation: { noiseSnr: [3] } }],
    ["a period that its schedule has not", { schedule: { kind: "constant", period: 3 } }],
    ["pairs from two places", { data: { train: { ...parquet(), captions: "a.json" }, validation: parquet() } }],
    ["parquet files without sound", { data: { train: { parquet: "a.parquet" }, validation: parquet() } }],
    ["a learning rate of 0", { optimiser: { learningRate: 0 } }],
    ["all of a layer dropped", { model: { dropout: 1 } }],
    ["no patience at all", { validation: { patience: 0 } }],
  ])("refuses what the command refuses: %s", async (_, changes) => {
    const config = { ...whole, ...changes };
    expect(validate(config)).toBe(false);
    expect(await isRead(config)).toBe(false);
  });

  function parquet(changes: object = {}): object {
    return { parquet: "mtt", audio: "audio", ...changes };
  }
});
