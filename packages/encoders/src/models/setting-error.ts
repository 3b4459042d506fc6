import { CheckpointError } from "../checkpoint/errors.ts";

/** A setting is not possible for the checkpoint: mend or give it. */
export class ModelSettingError extends CheckpointError {
  override name = "ModelSettingError";
  /** Which one, a key of `ModelSettings`. */
  readonly setting: string;

  constructor(file: string, setting: string, message: string) {
    super({ file }, message);
    this.setting = setting;
  }
}
