import { describe, expect, test } from "vitest";
import { flattenParameters } from "../../src/layers/parameters.ts";
import { muscallParameters } from "../../src/models/muscall.ts";
import { publishedSizes } from "../../src/models/muscall-sizes.ts";
import { muscallFrontEnd } from "../../src/spectral/front-ends.ts";
import { TrainingConfigError } from "../../src/training/errors.ts";
import {
  frontEndOfConfig,
  type MuscallConfig,
  muscallConfig,
  sizesOfConfig,
} from "../../src/training/muscall-config.ts";
import { goldenJson } from "../models/muscall-goldens.ts";

describe("a configuration of MusCALL", () => {
  test("is the published one by default, front-end included", () => {
    expect(sizesOfConfig(muscallConfig)).toEqual(publishedSizes);
    expect(frontEndOfConfig(muscallConfig)).toEqual(muscallFrontEnd);
  });

  test("has the published names and shapes", () => {
    const published = goldenJson<Record<string, readonly number[]>>("names.json");
    for (const { name, shape } of flattenParameters(muscallParameters(sizesOfConfig(muscallConfig)))) {
      expect(shape, name).toEqual(published[name]);
    }
  });

  test.each<[Partial<MuscallConfig>, string]>([
    [{ convolutionWidth: 15 }, "convolutionWidth is 15, expected an even number"],
    [{ convolutionWidth: 0 }, "convolutionWidth is 0, expected a positive whole number"],
    [{ blocks: [3, 4, 6] }, "blocks is [3,4,6], expected 4 positive whole numbers"],
    [{ fftLength: 1000 }, "fftLength is 1000, expected a power of two"],
    [{ textHeads: 7 }, "textHeads is 7, expected a divisor of textDim, which is 512"],
    [{ contextLength: 1 }, "contextLength is 1, expected 2 or more"],
    [{ dropout: 1 }, "dropout is 1, expected 0 or more and below 1"],
    [{ attentionDropout: Number.NaN }, "attentionDropout is NaN"],
    [{ temperature: 0 }, "temperature is 0, expected null, or 0.01 or more"],
    [{ fMin: 12_000 }, "fMin is 12000, expected 0 or more, and less than fMax"],
    [{ pooling: "max" as never }, 'pooling is max, expected "attention" or "average"'],
    [{ melBins: 16 }, "melBins is too small: 16 mel bins become nothing, expected 32 or more"],
    [{ clipSeconds: 0.5 }, "clipSeconds is too small: 0.5 s are 16 frames, which become nothing"],
    [
      { clipSeconds: 2 },
      "clipSeconds cannot be trained: 2 s are 63 frames, which become 2 in the last map, and MusCALL's",
    ],
    [{ melBins: 95 }, "melBins cannot be trained: 95 mel bins become 3 in the last map"],
  ])("%j is refused", (changed, message) => {
    const refusal = () => sizesOfConfig({ ...muscallConfig, ...changed });
    expect(refusal).toThrow(TrainingConfigError);
    expect(refusal).toThrow(message);
  });

  test("of 63 frames works with average pooling, which has no table", () => {
    expect(sizesOfConfig({ ...muscallConfig, clipSeconds: 2, pooling: "average" }).poolTokens).toBeUndefined();
  });
});
