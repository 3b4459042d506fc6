import { AudioOptionError } from "../audio/errors.ts";

/** A bank of triangular filters that are equally wide on a mel scale. */
export interface MelBankConfig {
  /** In hertz. */
  readonly sampleRate: number;
  /** Length of the transform whose bins are weighted. */
  readonly fftLength: number;
  /** How many filters. */
  readonly melBins: number;
  /** Where the first filter begins, in hertz. */
  readonly minFrequency: number;
  /** Where the last filter ends, in hertz. Filters that lie above sampleRate / 2 are zero. */
  readonly maxFrequency: number;
  /**
   * `slaney`: linear below 1 kHz, logarithmic above, each filter divided by half its width in hertz (librosa's
   * default). `htk`: 2595 log10(1 + f / 700), each filter with a peak of 1 (torchaudio's default).
   */
  readonly melScale: "slaney" | "htk";
}

/** Filters as they are applied: each as the run of bins where it is not zero. */
export interface MelBank {
  readonly bins: number;
  readonly melBins: number;
  /** First bin of each filter, shape [melBins]. */
  readonly starts: Int32Array;
  /** Its weights from there on; empty for a filter that is zero. */
  readonly weights: readonly Float64Array[];
}

/**
 * The filters of a configuration, in float64.
 * @throws {AudioOptionError} when frequencies are not in ascending order, or there are no filters
 * @see Slaney 1998, Auditory Toolbox; Young et al., The HTK Book; librosa `filters.mel`, torchaudio `melscale_fbanks`
 */
export function melBank(config: MelBankConfig): MelBank {
  const { sampleRate, fftLength, melBins, minFrequency, maxFrequency, melScale } = config;
  if (!(Number.isInteger(melBins) && melBins > 0)) throw new AudioOptionError("melBins", melBins, "a positive integer");
  if (!(minFrequency >= 0)) throw new AudioOptionError("minFrequency", minFrequency, "at least 0");
  if (!(maxFrequency > minFrequency && maxFrequency < Number.POSITIVE_INFINITY)) {
    throw new AudioOptionError("maxFrequency", maxFrequency, `more than minFrequency (${minFrequency})`);
  }
  const scale = scales[melScale];
  if (scale === undefined) throw new AudioOptionError("melScale", melScale, '"slaney" or "htk"');
  const first = scale.fromHertz(minFrequency);
  const last = scale.fromHertz(maxFrequency);
  const edges = Float64Array.from({ length: melBins + 2 }, (_, i) =>
    scale.toHertz(first + ((last - first) * i) / (melBins + 1)),
  );
  const bins = fftLength / 2 + 1;
  const dense = new Float64Array(bins * melBins);
  for (let m = 0; m < melBins; m++) {
    const [low, centre, high] = edges.subarray(m, m + 3) as unknown as [number, number, number];
    const peak = melScale === "slaney" ? 2 / (high - low) : 1;
    for (let k = 0; k < bins; k++) {
      const hertz = (k * sampleRate) / fftLength;
      const weight = Math.min((hertz - low) / (centre - low), (high - hertz) / (high - centre));
      if (weight > 0) dense[k * melBins + m] = weight * peak;
    }
  }
  return melBankFromMatrix(dense, bins, melBins);
}

/**
 * The filters of a stored matrix, such as `logmel_extractor.melW` of a checkpoint: prefer them to the formula's, they are
 * what the model was trained with.
 * @param matrix - row-major [bins, melBins]
 * @throws {AudioOptionError} when the matrix has another size, or a weight is not finite
 */
export function melBankFromMatrix(matrix: Float32Array | Float64Array, bins: number, melBins: number): MelBank {
  if (matrix.length !== bins * melBins) {
    throw new AudioOptionError("matrix", `${matrix.length} weights`, `${bins} bins x ${melBins} filters`);
  }
  const starts = new Int32Array(melBins);
  const weights = Array.from({ length: melBins }, (_, m) => {
    const column = Float64Array.from({ length: bins }, (_, k) => matrix[k * melBins + m]!);
    if (!column.every(Number.isFinite)) throw new AudioOptionError("matrix", `filter ${m}`, "finite weights");
    const start = column.findIndex((weight) => weight !== 0);
    if (start === -1) return new Float64Array();
    starts[m] = start;
    return column.slice(start, column.findLastIndex((weight) => weight !== 0) + 1);
  });
  return { bins, melBins, starts, weights };
}

/** The filters as a row-major matrix [bins, melBins]. */
export function melMatrix({ bins, melBins, starts, weights }: MelBank): Float64Array<ArrayBuffer> {
  const matrix = new Float64Array(bins * melBins);
  for (const [m, filter] of weights.entries()) {
    for (let k = 0; k < filter.length; k++) matrix[(starts[m]! + k) * melBins + m] = filter[k]!;
  }
  return matrix;
}

/** Where Slaney's scale turns from a line into a logarithm: 1000 Hz are 15 mel, and 27 mel more are 6.4 times as high. */
const TURN_HERTZ = 1000;
const TURN_MEL = 15;
const SLANEY_STEP = Math.log(6.4) / 27;

const scales = {
  slaney: {
    fromHertz: (hertz: number) =>
      hertz < TURN_HERTZ ? (hertz * TURN_MEL) / TURN_HERTZ : TURN_MEL + Math.log(hertz / TURN_HERTZ) / SLANEY_STEP,
    toHertz: (mel: number) =>
      mel < TURN_MEL ? (mel * TURN_HERTZ) / TURN_MEL : TURN_HERTZ * Math.exp(SLANEY_STEP * (mel - TURN_MEL)),
  },
  htk: {
    fromHertz: (hertz: number) => 2595 * Math.log10(1 + hertz / 700),
    toHertz: (mel: number) => 700 * (10 ** (mel / 2595) - 1),
  },
};
