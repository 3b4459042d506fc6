import {
  add,
  cast,
  cumsum,
  dispose,
  expandDims,
  gather,
  mul,
  notEqual,
  reshape,
  scalar,
  slice,
  sub,
  type Tensor,
  type Tensor4D,
} from "@tensorflow/tfjs-core";
import { layerNorm } from "../layers/layer-norm.ts";
import { linear } from "../layers/linear.ts";
import { type Loaded, layerNormParameters, linearParameters, parameter } from "../layers/parameters.ts";
import { selfAttention } from "../layers/self-attention.ts";
import { runStages, type Stage, type Tap } from "./stages.ts";

/** Sizes of a RoBERTa text tower. */
export interface RobertaConfig {
  /** Rows of the word embedding. */
  readonly vocabularySize: number;
  /** Rows of the position embedding; a text has at most two tokens fewer. */
  readonly positions: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Width between the two linear layers of a block. */
  readonly hidden: number;
  /** Of all layer norms. RoBERTa's is 1e-5. */
  readonly epsilon: number;
}

/** Options of `Roberta.encode`. */
export interface RobertaEncodeOptions {
  /**
   * Int32, shape [b, n]: 1 where there is a token, 0 where there is padding. Left out, all `PAD_ID`s are padding; but a text may
   * have the word `<pad>` in it, which is read like others. Positions are counted from the ids in both cases.
   */
  readonly attentionMask?: Tensor;
  /**
   * Gets the stages `embeddings`, `layer0` ...; of the last layer only the first token, shape [b, 1, width], since no other is
   * needed.
   */
  readonly tap?: Tap | undefined;
}

/** A RoBERTa tower on a backend. */
export interface Roberta {
  /**
   * The pre-joint embedding: the pooler's output for the first token, in (-1, 1).
   * @param ids - int32, shape [b, n]; a row ends with `PAD_ID`s where it is shorter, which change nothing
   * @returns shape [b, width]
   * @throws {RangeError} when there are more tokens than positions
   */
  encode(ids: Tensor, options?: RobertaEncodeOptions): Tensor;
  dispose(): void;
}

/** The id that fills a row of token ids. Positions are counted from it on, so that the first token's is 2. */
export const PAD_ID = 1;

/** What is added to dot products with padding: the least float32, as in transformers. Its softmax is exactly 0. */
const HIDDEN = -3.4028234663852886e38;

/** The longest text that a tower can read, in tokens. */
export function robertaContextLength({ positions }: Pick<RobertaConfig, "positions">): number {
  return positions - PAD_ID - 1;
}

/** What the tower needs of a checkpoint, by the names of the LAION-CLAP release, queries, keys and values as `self.qkv`. */
export function robertaParameters({ vocabularySize, positions, width, layers, hidden }: RobertaConfig) {
  const top = "text_branch.";
  const embeddings = `${top}embeddings.`;
  return {
    embeddings: {
      word: parameter(`${embeddings}word_embeddings.weight`, [vocabularySize, width]),
      position: parameter(`${embeddings}position_embeddings.weight`, [positions, width]),
      tokenType: parameter(`${embeddings}token_type_embeddings.weight`, [1, width]),
      norm: layerNormParameters(`${embeddings}LayerNorm`, width),
    },
    layers: Array.from({ length: layers }, (_, layer) => {
      const name = `${top}encoder.layer.${layer}.`;
      return {
        qkv: linearParameters(`${name}attention.self.qkv`, width, 3 * width),
        projection: linearParameters(`${name}attention.output.dense`, width, width),
        attentionNorm: layerNormParameters(`${name}attention.output.LayerNorm`, width),
        hidden: linearParameters(`${name}intermediate.dense`, width, hidden),
        output: linearParameters(`${name}output.dense`, hidden, width),
        outputNorm: layerNormParameters(`${name}output.LayerNorm`, width),
      };
    }),
    pooler: linearParameters(`${top}pooler.dense`, width, width),
  };
}

/** The weights of a RoBERTa tower. */
export type RobertaWeights = Loaded<ReturnType<typeof robertaParameters>>;

/**
 * The text tower of LAION-CLAP.
 * @param weights - belong to the tower from now on
 * @see Liu et al. 2019, "RoBERTa: a robustly optimized BERT pretraining approach"; Devlin et al. 2019 for the architecture
 */
export function roberta(config: RobertaConfig, weights: RobertaWeights): Roberta {
  const { heads, width, layers, epsilon } = config;
  const scale = (width / heads) ** -0.5;
  const longest = robertaContextLength(config);

  /** Attention, then a layer of GELUs, each added to its input, and the sum normalised. */
  function block(x: Tensor, layer: number, additive: Tensor4D): Tensor {
    const { qkv, projection, attentionNorm, hidden, output, outputNorm } = weights.layers[layer]!;
    const all = selfAttention(linear(x, qkv), { heads, scale, additive });
    // The pooler reads the first token of the last layer and nothing else.
    const [attended, input] = layer === layers - 1 ? [firstToken(all), firstToken(x)] : [all, x];
    const middle = layerNorm(linear(attended, projection), attentionNorm, { residual: input, epsilon });
    return layerNorm(linear(linear(middle, hidden, "gelu"), output), outputNorm, { residual: middle, epsilon });
  }

  return {
    encode(ids, { attentionMask, tap } = {}) {
      const n = ids.shape[1]!;
      if (n > longest) throw new RangeError(`texts of ${n} tokens; this RoBERTa reads at most ${longest}`);
      const isToken = cast(notEqual(ids, PAD_ID), "int32");
      const isPadding = cast(sub(1, attentionMask ?? isToken), "float32");
      const additive = expandDims(expandDims(mul(isPadding, HIDDEN), 1), 1) as Tensor4D;
      const stages: Stage[] = [
        { name: "embeddings", run: (tokens) => embed(tokens, isToken, weights.embeddings, epsilon) },
        ...weights.layers.map((_, layer): Stage => ({ name: `layer${layer}`, run: (x) => block(x, layer, additive) })),
        { run: (x) => linear(reshape(firstToken(x), [-1, width]), weights.pooler, "tanh") },
      ];
      return runStages(ids, stages, tap);
    },
    dispose: () => dispose(weights as unknown as Tensor[]),
  };
}

function embed(ids: Tensor, isToken: Tensor, weights: RobertaWeights["embeddings"], epsilon: number): Tensor {
  // 2, 3, 4 ... for tokens, and 1 for padding.
  const positions = add(mul(cumsum(isToken, 1), isToken), scalar(PAD_ID, "int32"));
  const words = add(gather(weights.word, ids), weights.tokenType);
  return layerNorm(add(words, gather(weights.position, positions)), weights.norm, { epsilon });
}

function firstToken(x: Tensor): Tensor {
  return slice(x, [0, 0, 0], [-1, 1, -1]);
}
