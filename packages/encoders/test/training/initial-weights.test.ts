import { describe, expect, test } from "vitest";
import { flattenParameters } from "../../src/layers/parameters.ts";
import { muscallParameters } from "../../src/models/muscall.ts";
import { initialWeights } from "../../src/training/initial-weights.ts";
import { muscallConfig, sizesOfConfig } from "../../src/training/muscall-config.ts";

const parameters = new Map(
  flattenParameters(muscallParameters(sizesOfConfig({ ...muscallConfig, vocabularySize: 700 }))).map((one) => [
    one.name,
    one,
  ]),
);
const valuesOf = (name: string, seed = 1) => initialWeights(parameters.get(name)!, parameters, seed);
const deviation = (values: Float32Array) =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
const largest = (values: Float32Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

describe("a new weight", () => {
  test.each([
    ["audio_projection.weight", 256],
    ["textual_head.transformer.layers.2.1.fn.mlp.3.weight", 2048],
    ["textual_head.transformer.layers.2.1.fn.mlp.3.bias", 2048],
    ["audio_backbone.attnpool.q_proj.bias", 512],
    ["audio_backbone.layer2.0.conv2.weight", 32 * 9],
    ["audio_backbone.layer2.0.downsample.0.weight", 64],
    ["audio_backbone.conv1.weight", 9],
  ])("of %s is uniform within the root of 1 / %i, which it has for its inputs", (name, fanIn) => {
    const values = valuesOf(name);
    const bound = 1 / Math.sqrt(fanIn);
    expect(largest(values)).toBeLessThanOrEqual(Math.fround(bound));
    // Of n values, the largest is below the bound by about 1 / n of it.
    expect(largest(values)).toBeGreaterThan(bound * (1 - 10 / values.length));
    expect(deviation(values) / (bound / Math.sqrt(3))).toBeCloseTo(1, values.length > 5000 ? 1 : 0);
  });

  test.each([
    ["textual_head.token_embedding.weight", 1],
    ["textual_head.position_embedding.weight", 1],
    ["audio_backbone.attnpool.positional_embedding", 1 / Math.sqrt(512)],
  ])("of %s is normal with a deviation of %d", (name, expected) => {
    expect(deviation(valuesOf(name)) / expected).toBeCloseTo(1, 1);
  });

  test.each([
    ["audio_backbone.bn1.weight", 1],
    ["audio_backbone.bn1.bias", 0],
    ["audio_backbone.bn1.running_mean", 0],
    ["audio_backbone.bn1.running_var", 1],
    ["audio_backbone.layer1.0.downsample.1.weight", 1],
    ["audio_backbone.layer1.0.downsample.1.bias", 0],
    ["textual_head.transformer.norm_out.weight", 1],
    ["textual_head.transformer.layers.0.0.norm.bias", 0],
  ])("of %s is %d", (name, value) => {
    expect(new Set(valuesOf(name))).toEqual(new Set([value]));
  });

  test("depends on the seed and its name", () => {
    const [query, key] = ["audio_backbone.attnpool.q_proj.bias", "audio_backbone.attnpool.k_proj.bias"];
    expect(valuesOf(query)).toEqual(valuesOf(query));
    expect(valuesOf(query, 2)).not.toEqual(valuesOf(query, 1));
    expect(valuesOf(key)).not.toEqual(valuesOf(query));
  });
});
