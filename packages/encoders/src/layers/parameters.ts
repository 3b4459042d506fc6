import type { Tensor } from "@tensorflow/tfjs-core";

/** How a tower wants the values of a parameter. */
export type ParameterLayout =
  /** As they are stored. */
  | "stored"
  /** Of a linear layer, stored [out, in], wanted [in, out]. */
  | "linear"
  /** Of a convolution, stored [out, in, height, width], wanted [height, width, in, out]. */
  | "convolution";

/** A tensor that a tower needs from a checkpoint: what it is called there and its shape there. */
export interface Parameter {
  readonly kind: "parameter";
  readonly name: string;
  /** As stored, in PyTorch's order. */
  readonly shape: readonly number[];
  readonly layout: ParameterLayout;
}

/** The parameters of a tower, named and nested as the tower uses them. */
export type ParameterTree = Parameter | readonly ParameterTree[] | { readonly [name: string]: ParameterTree };

/**
 * The same tree with tensors in the places of parameters.
 * @internal
 */
export type Loaded<T> = T extends Parameter ? Tensor : { readonly [K in keyof T]: Loaded<T[K]> };

/** A parameter that is taken as it is stored. */
export function parameter(name: string, shape: readonly number[], layout: ParameterLayout = "stored"): Parameter {
  return { kind: "parameter", name, shape, layout };
}

/** Weight [out, in] and bias [out] of PyTorch's `Linear`. */
export function linearParameters(name: string, inputs: number, outputs: number) {
  return {
    weight: parameter(`${name}.weight`, [outputs, inputs], "linear"),
    bias: parameter(`${name}.bias`, [outputs]),
  };
}

/** Weight and bias of PyTorch's `LayerNorm`, shape [channels] each. */
export function layerNormParameters(name: string, channels: number) {
  return { gamma: parameter(`${name}.weight`, [channels]), beta: parameter(`${name}.bias`, [channels]) };
}

/** All parameters of a tree, in its order. */
export function flattenParameters(tree: ParameterTree): Parameter[] {
  if (isParameter(tree)) return [tree];
  return Object.values(tree).flatMap((branch: ParameterTree) => flattenParameters(branch));
}

/**
 * The tree with what `load` makes of each parameter in its place; one after the other, in the tree's order.
 * @internal
 */
export async function loadParameters<T extends object>(
  tree: T,
  load: (wanted: Parameter) => Promise<Tensor>,
): Promise<Loaded<T>> {
  return (await replaced(tree as ParameterTree, load)) as unknown as Loaded<T>;
}

type Replaced = Tensor | Replaced[] | { [name: string]: Replaced };

async function replaced(tree: ParameterTree, load: (wanted: Parameter) => Promise<Tensor>): Promise<Replaced> {
  if (isParameter(tree)) return load(tree);
  if (isList(tree)) {
    const list: Replaced[] = [];
    for (const branch of tree) list.push(await replaced(branch, load));
    return list;
  }
  const record: { [name: string]: Replaced } = {};
  for (const [name, branch] of Object.entries(tree)) record[name] = await replaced(branch, load);
  return record;
}

function isParameter(tree: ParameterTree): tree is Parameter {
  return (tree as Parameter).kind === "parameter";
}

function isList(tree: ParameterTree): tree is readonly ParameterTree[] {
  return Array.isArray(tree);
}
