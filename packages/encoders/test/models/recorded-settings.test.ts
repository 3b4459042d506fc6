import { describe, expect, test } from "vitest";
import { CheckpointFormatError } from "../../src/checkpoint/errors.ts";
import { recordedSettings, settingsMetadata } from "../../src/models/recorded-settings.ts";

const recorded = (text?: string) =>
  recordedSettings({
    name: "model.safetensors",
    metadata: new Map(text === undefined ? [["format", "pt"]] : [["irec_model_settings", text]]),
  });

describe("the settings that a model file records of itself", () => {
  test("are read as they were written, whatever the order", () => {
    const metadata = settingsMetadata({ clipSeconds: 2.5, textHeads: 4 });
    expect(metadata).toEqual(settingsMetadata({ textHeads: 4, clipSeconds: 2.5 }));
    expect(recorded(metadata.irec_model_settings)).toEqual({ textHeads: 4, clipSeconds: 2.5 });
  });

  test("are none in the file of another program", () => {
    expect(recorded()).toEqual({});
  });

  test.each(["", "nonsense", "[4]", "null", '"4"', '{"textHeads":"4"}', '{"heads":4}', '{"textHeads":null}'])(
    "%j is refused",
    (text) => {
      const refusal = () => recorded(text);
      expect(refusal).toThrow(CheckpointFormatError);
      expect(refusal).toThrow(
        "as irec_model_settings in its metadata, expected a JSON object of numbers by textHeads, sampleRate",
      );
    },
  );
});
