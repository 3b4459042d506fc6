import {
  add,
  gather,
  reshape,
  slice,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tensor4d,
  tidy,
} from "@tensorflow/tfjs-core";
import { layerNorm, type NormWeights } from "../layers/layer-norm.ts";
import { type LinearWeights, linear } from "../layers/linear.ts";
import { layerNormParameters, linearParameters, parameter } from "../layers/parameters.ts";
import { selfAttention } from "../layers/self-attention.ts";
import type { Tap } from "./stages.ts";

/** Sizes of a text transformer. */
export interface TextTransformerShape {
  /** Rows of the token embedding. */
  readonly vocabulary: number;
  /** Rows of the position embedding: the longest text in tokens. */
  readonly contextLength: number;
  readonly channels: number;
  readonly layers: number;
  /** Channels inside the feed-forward part. */
  readonly hidden: number;
}

export interface TextTransformerLayer {
  readonly attentionNorm: NormWeights;
  /** From c to 3 c, without bias. */
  readonly qkv: LinearWeights;
  readonly attentionOutput: LinearWeights;
  readonly feedForwardNorm: NormWeights;
  readonly up: LinearWeights;
  readonly down: LinearWeights;
}

export interface TextTransformerWeights {
  /** Shape [vocabulary, c]. */
  readonly tokens: Tensor;
  /** Shape [contextLength, c]. */
  readonly positions: Tensor;
  readonly layers: readonly TextTransformerLayer[];
  readonly outputNorm: NormWeights;
}

/** Hides a position: finite, so that no sum with it is NaN, and far enough below any score for a weight of 0. */
const HIDDEN = -3.4e38;

/**
 * MusCALL's text transformer: normalisation before each part, causal attention, exact GELU; the output is that of the end
 * token, the largest id of a text, where it is first.
 *
 * No token sees a later one, so nothing after the last end token of the batch can change the output: it is not computed.
 * @param ids - int32, shape [b, n], n at most the context length, each at least 0 and below the vocabulary
 * @param heads - attention heads, a divisor of c
 * @param tap - gets "text.layer0", "text.layer1" ..., shape [b, up to the last end token, c]
 * @returns shape [b, c]
 * @throws {RangeError} when an id is not in the vocabulary
 * @see Manco et al. 2022, "Contrastive audio-language learning for music"
 */
export function textTransformer(
  ids: Tensor,
  { tokens, positions, layers, outputNorm }: TextTransformerWeights,
  heads: number,
  tap: Tap = () => {},
): Tensor {
  const b = ids.shape[0]!;
  const [vocabulary, c] = tokens.shape as [number, number];
  const ends = endsOf(ids, vocabulary);
  const n = Math.max(...ends) + 1;
  const read = reshape(slice(ids as Tensor2D, [0, 0], [b, n]), [-1]) as Tensor1D;
  const attention = { heads, scale: (c / heads) ** -0.5, additive: causalMask(n) };
  let x = add(reshape(gather(tokens, read), [b, n, c]), slice(positions as Tensor2D, [0, 0], [n, c]));
  for (const [i, layer] of layers.entries()) {
    x = tidy(() => {
      const qkv = linear(layerNorm(x, layer.attentionNorm), layer.qkv);
      const attended = add(x, linear(selfAttention(qkv, attention), layer.attentionOutput));
      const hidden = linear(layerNorm(attended, layer.feedForwardNorm), layer.up, "gelu");
      return add(attended, linear(hidden, layer.down));
    });
    tap(`text.layer${i}`, x);
  }
  const rows = tensor1d(
    ends.map((end, item) => item * n + end),
    "int32",
  );
  return layerNorm(gather(reshape(x, [b * n, c]), rows), outputNorm);
}

/** For each row the place of its largest value, the first one of several. */
function endsOf(ids: Tensor, vocabulary: number): number[] {
  const [b, n] = ids.shape as [number, number];
  const values = ids.dataSync<"int32">();
  // WebAssembly would read past the table and go on.
  const foreign = values.find((id) => id < 0 || id >= vocabulary);
  if (foreign !== undefined) {
    const expected = `expected 0 to ${vocabulary - 1}; is the tokenizer that of another model?`;
    throw new RangeError(`token id ${foreign} is not in the vocabulary of the text tower, ${expected}`);
  }
  return Array.from({ length: b }, (_, item) => {
    const row = values.subarray(item * n, (item + 1) * n);
    return row.indexOf(Math.max(...row));
  });
}

/** 0 where row r may see column i, which is i at most r; shape [1, 1, n, n]. */
export function causalMask(n: number): Tensor4D {
  const mask = new Float32Array(n * n);
  for (let row = 0; row < n; row++) mask.fill(HIDDEN, row * n + row + 1, (row + 1) * n);
  return tensor4d(mask, [1, 1, n, n]);
}

/** The parameters by the names of MusCALL, `prefix` before each. */
export function textTransformerParameters(prefix: string, shape: TextTransformerShape) {
  const { vocabulary, contextLength, channels, layers, hidden } = shape;
  return {
    tokens: parameter(`${prefix}token_embedding.weight`, [vocabulary, channels]),
    positions: parameter(`${prefix}position_embedding.weight`, [contextLength, channels]),
    layers: Array.from({ length: layers }, (_, i) => {
      const name = `${prefix}transformer.layers.${i}.`;
      return {
        attentionNorm: layerNormParameters(`${name}0.norm`, channels),
        qkv: { weight: parameter(`${name}0.fn.to_qkv.weight`, [3 * channels, channels], "linear") },
        attentionOutput: linearParameters(`${name}0.fn.out_projection`, channels, channels),
        feedForwardNorm: layerNormParameters(`${name}1.norm`, channels),
        up: linearParameters(`${name}1.fn.mlp.0`, channels, hidden),
        down: linearParameters(`${name}1.fn.mlp.3`, hidden, channels),
      };
    }),
    outputNorm: layerNormParameters(`${prefix}transformer.norm_out`, channels),
  };
}
