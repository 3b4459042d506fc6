import type { LoadSettings } from "./check-model.ts";

/** A model that irec knows by name: what it is, where its files are, how to load it. */
export interface ModelEntry {
  /** What the command line and the tables call it. */
  readonly name: string;
  readonly title: string;
  /** One sentence: which towers, trained on what. */
  readonly summary: string;
  readonly homepage: string;
  readonly licence: { readonly name: string; readonly url: string };
  /** BibTeX. */
  readonly citation: string;
  readonly source: ModelSource;
  /** The vocabulary of the text tower; absent where it comes with the checkpoint. */
  readonly tokenizer?: TokenizerSource;
  /** What the checkpoint does not say about itself, where it differs from the published models of its kind. */
  readonly loadOptions?: LoadSettings;
}

/** Where a checkpoint is from. */
export type ModelSource = HubSource | ShippedSource | LocalSource;

/** A repository of a hub. */
export interface HubSource {
  readonly kind: "hub";
  readonly repository: string;
  /** The file to open first, then what it needs beside it. */
  readonly files: readonly [HubFile, ...HubFile[]];
}

export interface HubFile {
  /** Its name; of several, the first that the repository has. */
  readonly names: readonly [string, ...string[]];
  /** Roughly, as its page says; the hub gives the exact number. */
  readonly gigabytes?: number;
  /** Somebody's claim. What comes is compared with the hub's own checksum in any case; only a warning follows from this. */
  readonly sha256?: { readonly digest: string; readonly source: string };
}

/** Files of this package, by their paths from its folder. */
export interface ShippedSource {
  readonly kind: "shipped";
  readonly checkpoint: string;
  /** A folder with the vocabulary, or tokenizer.json. */
  readonly tokenizer: string;
}

/** Not published: only the user has it. */
export interface LocalSource {
  readonly kind: "local";
  /** What to say to who asks for it by name. */
  readonly advice: string;
}

/** A vocabulary of a hub. */
export interface TokenizerSource {
  readonly repository: string;
  /** Other names of the repository, under which a cache may have it. */
  readonly formerly?: readonly string[];
  /** Each of these lists of files is enough; the first is fetched. */
  readonly files: readonly (readonly string[])[];
}

const VOCABULARY_FILES = [["vocab.json", "merges.txt"], ["tokenizer.json"]] as const;

const ROBERTA: TokenizerSource = {
  repository: "roberta-base",
  formerly: ["FacebookAI/roberta-base"],
  files: VOCABULARY_FILES,
};

const CLIP: TokenizerSource = { repository: "openai/clip-vit-base-patch32", files: VOCABULARY_FILES };

const CC0 = { name: "CC0 1.0", url: "https://creativecommons.org/publicdomain/zero/1.0/" };

const CLAP_CITATION = `@inproceedings{wu2023clap,
  author    = {Wu, Yusong and Chen, Ke and Zhang, Tianyu and Hui, Yuchen and Berg-Kirkpatrick, Taylor and Dubnov, Shlomo},
  title     = {Large-scale contrastive language-audio pretraining with feature fusion and keyword-to-caption augmentation},
  booktitle = {IEEE International Conference on Acoustics, Speech and Signal Processing (ICASSP)},
  year      = {2023},
  note      = {arXiv:2211.06687}
}`;

/** The repository of LAION-CLAP's authors, in the form of their trainer. */
function laionClap(file: HubFile) {
  return {
    homepage: "https://huggingface.co/lukewys/laion_clap",
    licence: CC0,
    citation: CLAP_CITATION,
    source: { kind: "hub", repository: "lukewys/laion_clap", files: [file] },
    tokenizer: ROBERTA,
  } as const satisfies Partial<ModelEntry>;
}

/** Every model that irec knows by name. */
export const MODELS: readonly ModelEntry[] = [
  {
    name: "music-clap",
    title: "Music CLAP",
    summary: "LAION-CLAP with HTSAT-base, trained on music, AudioSet and LAION-Audio-630K; the study's CLAP",
    ...laionClap({
      names: ["music_audioset_epoch_15_esc_90.14.pt"],
      gigabytes: 2.3,
      sha256: {
        digest: "fae3e9c087f2909c28a09dc31c8dfcdacbc42ba44c70e972b58c1bd1caf6dedd",
        source: "code of other users of the file",
      },
    }),
  },
  {
    name: "music-speech-clap",
    title: "Music/Speech CLAP",
    summary: "LAION-CLAP with HTSAT-base, trained on music, speech, AudioSet and LAION-Audio-630K",
    ...laionClap({ names: ["music_speech_audioset_epoch_15_esc_89.98.pt"], gigabytes: 2.3 }),
  },
  {
    name: "630k-audioset",
    title: "LAION-CLAP 630k-audioset-best",
    summary: "LAION-CLAP with HTSAT-tiny, trained on LAION-Audio-630K and AudioSet: general sounds",
    ...laionClap({ names: ["630k-audioset-best.pt"], gigabytes: 1.86 }),
  },
  {
    name: "630k",
    title: "LAION-CLAP 630k-best",
    summary: "LAION-CLAP with HTSAT-tiny, trained on LAION-Audio-630K: general sounds",
    ...laionClap({ names: ["630k-best.pt"], gigabytes: 1.86 }),
  },
  {
    name: "clap-htsat-unfused",
    title: "CLAP HTSAT unfused",
    summary: "LAION-CLAP with HTSAT-tiny in Hugging Face's form (ClapModel): general sounds",
    homepage: "https://huggingface.co/laion/clap-htsat-unfused",
    licence: { name: "Apache 2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    citation: CLAP_CITATION,
    source: {
      kind: "hub",
      repository: "laion/clap-htsat-unfused",
      files: [{ names: ["model.safetensors", "pytorch_model.bin"] }, { names: ["config.json"] }],
    },
    tokenizer: { repository: "laion/clap-htsat-unfused", files: VOCABULARY_FILES },
  },
  {
    name: "muscall",
    title: "MusCALL",
    summary: "ResNet-50 and a text transformer, trained on captions of music; the study's second model",
    homepage: "https://github.com/ilaria-manco/muscall",
    licence: { name: "that of whoever trained it", url: "https://github.com/ilaria-manco/muscall" },
    citation: `@inproceedings{manco2022contrastive,
  author    = {Manco, Ilaria and Benetos, Emmanouil and Quinton, Elio and Fazekas, Gy{\\"o}rgy},
  title     = {Contrastive audio-language learning for music},
  booktitle = {International Society for Music Information Retrieval Conference (ISMIR)},
  year      = {2022}
}`,
    source: {
      kind: "local",
      advice:
        "no weights of MusCALL are published. Give the path of your own checkpoint: muscall=PATH takes the name and the " +
        "vocabulary of muscall, PATH alone the file's name and the vocabulary beside it",
    },
    tokenizer: CLIP,
  },
  {
    name: "sample",
    title: "irec sample model",
    summary: "a small MusCALL, trained on rendered notes of 14 instruments; ships with irec, for demonstration",
    homepage: "https://www.npmjs.com/package/@irec/cli",
    licence: { name: "MIT", url: "https://opensource.org/license/mit" },
    citation: `@misc{irecsamplemodel,
  title = {The irec sample model},
  note  = {Version 1, part of the npm package @irec/cli}
}`,
    source: { kind: "shipped", checkpoint: "sample/model.safetensors", tokenizer: "sample" },
  },
];

/** The model of a name; undefined when there is none. */
export function modelNamed(name: string): ModelEntry | undefined {
  return MODELS.find((model) => model.name === name);
}
