import { htsatChannels } from "../towers/htsat.ts";
import { type ClapTraits, fusionError, PUBLISHED_IMAGE } from "./clap-plan.ts";
import type { ClapSizes } from "./clap-sizes.ts";
import { UnknownModelError } from "./errors.ts";
import { ModelSettingError } from "./setting-error.ts";

/** What a config.json says that shapes do not. */
export type ClapConfig = Pick<ClapTraits, "textEpsilon" | "audioEpsilon" | "imageSize" | "textHeads">;

/** What `ClapTextConfig` and `ClapAudioConfig` of transformers have for a field that a config.json leaves out. */
const defaults = { textEpsilon: 1e-12, audioEpsilon: 1e-5 };

/**
 * Reads the config.json of a ClapModel and compares it with the shapes of its checkpoint.
 * @param config - parsed; undefined when there is none: then every field has its default
 * @throws {ModelSettingError} when a field is no number, or does not agree with the shapes
 * @throws {UnknownModelError} when a field asks for what is not here: fusion, other activations
 */
export function readClapConfig(file: string, config: unknown, sizes: ClapSizes): ClapConfig {
  if (config === undefined) return { ...defaults, imageSize: PUBLISHED_IMAGE, textHeads: undefined };
  const fields = new ConfigFields(file, config);
  requireSupported(file, fields);
  requireAgreement(file, fields, sizes);
  return {
    textEpsilon: fields.number("text_config.layer_norm_eps") ?? defaults.textEpsilon,
    audioEpsilon: fields.number("audio_config.layer_norm_eps") ?? defaults.audioEpsilon,
    imageSize: { value: fields.number("audio_config.spec_size") ?? PUBLISHED_IMAGE.value, source: "from config.json" },
    textHeads: fields.number("text_config.num_attention_heads"),
  };
}

/** Fields that change what the model computes, and the only values that are computed here. */
const supported: readonly [path: string, ...values: unknown[]][] = [
  ["model_type", "clap"],
  ["projection_hidden_act", "relu"],
  ["audio_config.projection_hidden_act", "relu"],
  ["text_config.projection_hidden_act", "relu"],
  ["audio_config.hidden_act", "gelu"],
  ["text_config.hidden_act", "gelu"],
  ["audio_config.qkv_bias", true],
  ["audio_config.enable_patch_layer_norm", true],
  ["audio_config.flatten_patch_embeds", true],
  ["audio_config.mlp_ratio", 4],
  ["text_config.position_embedding_type", "absolute"],
  ["text_config.pad_token_id", 1],
];

function requireSupported(file: string, fields: ConfigFields): void {
  if (fields.at("audio_config.enable_fusion") === true) throw fusionError(file, "its config.json has enable_fusion");
  for (const [path, ...values] of supported) {
    const value = fields.at(path);
    if (value === undefined || value === null || values.includes(value)) continue;
    const fault = `its config.json has ${path} ${JSON.stringify(value)}, expected ${JSON.stringify(values[0])}`;
    throw new UnknownModelError({ file }, `cannot be computed: ${fault}`);
  }
}

function requireAgreement(file: string, fields: ConfigFields, { audio, text, embedDim }: ClapSizes): void {
  const { patchSize } = audio;
  const expected: readonly [path: string, ...inShapes: unknown[]][] = [
    ["projection_dim", embedDim],
    ["audio_config.num_mel_bins", audio.melBins],
    ["audio_config.patch_embeds_hidden_size", audio.width],
    ["audio_config.patch_size", patchSize, [patchSize, patchSize]],
    ["audio_config.patch_stride", patchSize, [patchSize, patchSize]],
    ["audio_config.depths", audio.stages.map(({ depth }) => depth)],
    ["audio_config.num_attention_heads", audio.stages.map(({ heads }) => heads)],
    ["audio_config.window_size", audio.stages[0]!.window],
    ["audio_config.hidden_size", htsatChannels({ ...audio, imageSize: 0 })],
    ["text_config.vocab_size", text.vocabularySize],
    ["text_config.max_position_embeddings", text.positions],
    ["text_config.hidden_size", text.width],
    ["text_config.num_hidden_layers", text.layers],
    ["text_config.intermediate_size", text.hidden],
  ];
  const faults = expected.flatMap(([path, ...inShapes]) => {
    const value = fields.at(path);
    if (value === undefined || inShapes.some((one) => JSON.stringify(one) === JSON.stringify(value))) return [];
    return [`${path} is ${JSON.stringify(value)}, in the tensors ${JSON.stringify(inShapes[0])}`];
  });
  if (faults.length === 0) return;
  throw new ModelSettingError(file, "config", `config.json is of another model: ${faults.join("; ")}`);
}

/** How much of a value that is no object a message shows. */
const SHOWN = 40;

/** A parsed config.json, which can be anything. */
class ConfigFields {
  readonly #file: string;
  readonly #root: unknown;

  constructor(file: string, root: unknown) {
    this.#file = file;
    this.#root = root;
    for (const path of ["", "audio_config", "text_config"]) {
      const value = path === "" ? root : this.at(path);
      if (value === undefined || isObject(value)) continue;
      const found = JSON.stringify(value).slice(0, SHOWN);
      throw new ModelSettingError(file, "config", `${path || "config.json"} is ${found}, expected a JSON object`);
    }
  }

  /** The value of a field such as `audio_config.depths`; undefined where it is left out. */
  at(path: string): unknown {
    let value = this.#root;
    for (const key of path.split(".")) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    return value;
  }

  /** @throws {ModelSettingError} when it is there and no positive number */
  number(path: string): number | undefined {
    const value = this.at(path);
    if (value === undefined || (typeof value === "number" && value > 0 && Number.isFinite(value))) return value;
    const fault = `config.json has ${path} ${JSON.stringify(value)}, expected a positive number`;
    throw new ModelSettingError(this.#file, "config", fault);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
