import type { LengthPolicyName } from "../audio/length-policies.ts";
import type { BackendName } from "../backend/backend.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { ModelPlan } from "./model-family.ts";

/** What is known of a loaded model, however it is run. */
export class DescribedModel {
  readonly name: string;
  readonly embedDim: number;
  /** In hertz. Clips of another rate are resampled as torchaudio does it by default. */
  readonly sampleRate: number;
  readonly contextLength: number;
  /** Family and variant, such as "LAION-CLAP HTSAT-base". */
  readonly architecture: string;
  /** Dimensions of the towers' own outputs. */
  readonly preJointDim: { readonly audio: number; readonly text: number };
  /** How many samples the audio tower reads at once, at `sampleRate`. */
  readonly clipSamples: number;
  /** What is done to shorter and longer clips unless told otherwise. */
  readonly lengthPolicy: LengthPolicyName;
  /** The backend that computes. */
  readonly backendName: BackendName;
  /** Undefined when no vocabulary was given; then only audio can be encoded. */
  readonly tokenizer: Tokenizer | undefined;

  constructor(name: string, plan: ModelPlan, backendName: BackendName, tokenizer: Tokenizer | undefined) {
    this.name = name;
    this.embedDim = plan.embedDim;
    this.sampleRate = plan.sampleRate;
    this.contextLength = plan.contextLength;
    this.architecture = plan.name;
    this.preJointDim = plan.preJointDim;
    this.clipSamples = plan.clipSamples;
    this.lengthPolicy = plan.lengthPolicy;
    this.backendName = backendName;
    this.tokenizer = tokenizer;
  }
}
