/** The sizes of a MusCALL model and what of its training belongs to the model. */
export interface MuscallConfig {
  /** In hertz. */
  readonly sampleRate: number;
  /** Length of the audio that the tower reads, in seconds. */
  readonly clipSeconds: number;
  readonly melBins: number;
  /** Samples in a frame of the spectrum, a power of two; the hop is half of it. */
  readonly fftLength: number;
  /** Edges of the mel filters, in hertz. */
  readonly fMin: number;
  readonly fMax: number;
  /** Decibels between the loudest and the least value of a clip's log-mel spectrogram. */
  readonly dynamicRange: number;
  /** Channels behind the stem of the audio tower, an even number. */
  readonly convolutionWidth: number;
  /** Blocks in each of the audio tower's four stages. */
  readonly blocks: readonly number[];
  /** How the last map becomes one vector. */
  readonly pooling: "attention" | "average";
  /** Dimension of the audio tower's output. */
  readonly audioDim: number;
  /** Dimension of the text tower's output and of its layers. */
  readonly textDim: number;
  readonly textLayers: number;
  readonly textHeads: number;
  /** Tokens that the text tower reads, start and end included. */
  readonly contextLength: number;
  /** Rows of the token embedding. */
  readonly vocabularySize: number;
  /** Dimension of the joint space. */
  readonly embedDim: number;
  /** Which part is dropped inside of the text tower's feed-forward parts, in [0, 1). */
  readonly dropout: number;
  /** Which part of the text tower's attention weights is dropped, in [0, 1). */
  readonly attentionDropout: number;
  /** What similarities are divided by; null: learned, from 0.07 on and never below 0.01. */
  readonly temperature: number | null;
}

/** The published configuration. */
export const muscallConfig: MuscallConfig = {
  sampleRate: 16_000,
  clipSeconds: 20,
  melBins: 128,
  fftLength: 1024,
  fMin: 0,
  fMax: 11_025,
  dynamicRange: 100,
  convolutionWidth: 16,
  blocks: [3, 4, 6, 3],
  pooling: "attention",
  audioDim: 256,
  textDim: 512,
  textLayers: 4,
  textHeads: 8,
  contextLength: 77,
  vocabularySize: 49_408,
  embedDim: 512,
  dropout: 0.2,
  attentionDropout: 0.2,
  temperature: null,
};
