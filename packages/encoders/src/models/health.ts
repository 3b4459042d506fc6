import type { NdArray } from "ndarray";

/**
 * Above this mean cosine of unrelated texts, a text tower no longer tells them apart. The one collapsed tower that is known, of a
 * conversion of LAION-CLAP, has 0.9993; small untrained models were seen with up to 0.98.
 */
export const COLLAPSED_COSINE = 0.99;

/**
 * A dozen texts that have nothing to do with each other. Music and other matters, short and long, so that a tower which works
 * spreads them whatever it was trained on.
 */
export const UNRELATED_TEXTS: readonly string[] = [
  "A violin track",
  "Heavy rain on a tin roof",
  "A man reads the news in French",
  "Distorted electric guitar solo with fast drums",
  "A dog barks twice",
  "Choir in a large cathedral, slow and solemn",
  "Typing on a keyboard in a quiet office",
  "Cheerful ukulele and whistling",
  "A jet aircraft takes off",
  "Deep electronic bass with a four-on-the-floor beat",
  "Children laughing at a swimming pool",
  "Solo oboe, legato",
];

/** What a check of a loaded model found. Nothing of it keeps the model from being used. */
export interface ModelHealth {
  /**
   * Mean cosine of the joint embeddings of unrelated texts, in [-1, 1]; undefined without a tokenizer. Near 1 the text tower
   * gives all texts the same embedding.
   */
  readonly textCosine: number | undefined;
  /** Parameters whose values are all zero, biases left out: often they were never trained, or lost in a conversion. */
  readonly zeroParameters: readonly string[];
  /** What is wrong, one sentence each; empty for a model in order. */
  readonly warnings: readonly string[];
}

/** Mean cosine over all pairs of different rows, shape [n, d] with n at least 2; rows need not be of length 1. */
export function meanPairCosine({ data, shape }: NdArray<Float32Array>): number {
  const [n, d] = shape as [number, number];
  // The sum over all pairs is (|sum of unit rows|^2 - n) / 2.
  const sum = new Float64Array(d);
  for (let row = 0; row < n; row++) {
    let squares = 0;
    for (let i = 0; i < d; i++) squares += data[row * d + i]! ** 2;
    const length = Math.sqrt(squares);
    for (let i = 0; i < d; i++) sum[i]! += data[row * d + i]! / length;
  }
  const total = sum.reduce((squares, value) => squares + value * value, 0);
  return (total - n) / (n * (n - 1));
}

/** The sentences for what was found. */
export function healthWarnings(textCosine: number | undefined, zeroParameters: readonly string[]): string[] {
  const warnings: string[] = [];
  if (textCosine !== undefined && textCosine > COLLAPSED_COSINE) {
    warnings.push(
      `the text tower has collapsed: ${UNRELATED_TEXTS.length} unrelated texts have a mean cosine of ` +
        `${textCosine.toFixed(4)}, expected less than ${COLLAPSED_COSINE}. Zero-shot results will be near chance; ` +
        "try the original checkpoint instead of a conversion.",
    );
  }
  if (zeroParameters.length > 0) {
    const [first] = zeroParameters;
    warnings.push(
      `${zeroParameters.length} of the parameters are all zero, ${first} the first: not trained, or lost in a conversion`,
    );
  }
  return warnings;
}
