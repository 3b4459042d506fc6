import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { readTrainConfig } from "../../src/training/config.ts";
import { put, temporaryFolders } from "../temp-folder.ts";

/** The published schema of training configurations, to be held against what the command reads. */
export const schema = JSON.parse(readFileSync(new URL("../../schema/train.schema.json", import.meta.url), "utf8"));

// The branches of a condition do not say again what the whole says.
export const validate = new Ajv2020({
  strict: true,
  strictTypes: false,
  strictRequired: false,
  allowUnionTypes: true,
}).compile(schema);

/** Whether the command takes a configuration; for tests that call it once, at their top. */
export function configReader(): (config: object) => Promise<boolean> {
  const newFolder = temporaryFolders();
  return async (config) => {
    const file = put(join(newFolder(), "config.json"), JSON.stringify(config));
    return await readTrainConfig(file).then(
      () => true,
      () => false,
    );
  };
}
