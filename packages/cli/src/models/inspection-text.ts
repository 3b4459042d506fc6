import type { ModelInspection } from "@irec/encoders";
import { markdownTable } from "markdown-table";
import { printable } from "../printable.ts";

/** How many names of a kind are listed before the rest is counted; `--json` has all. */
const LISTED = 12;

/** What `irec models inspect` prints. */
export function inspectionText(inspection: ModelInspection, withTensors: boolean): string {
  const { checkpoint, companions, hasTokenizer } = inspection;
  const dtypes = checkpoint.dtypes.map(({ dtype, tensors }) => `${dtype} (${tensors})`).join(", ");
  const shared = checkpoint.shared > 0 ? `, ${checkpoint.shared} of them share their values with others` : "";
  const metadata = [...checkpoint.metadata].filter(([, value]) => typeof value !== "object");
  const lines = [
    `file        ${checkpoint.name}`,
    `format      ${checkpoint.format}`,
    `tensors     ${checkpoint.tensors}${shared}; ${count(checkpoint.parameters)} numbers, ${megabytes(checkpoint.bytes)}`,
    `types       ${dtypes}`,
    ...metadata.map(([key, value]) => `${key.padEnd(11)} ${value}`),
    `beside it   ${companions.length > 0 ? companions.join(", ") : "none of config.json, vocab.json, merges.txt, tokenizer.json"}`,
    ...modelLines(inspection),
    ...(hasTokenizer ? [] : ["tokenizer   none found: texts cannot be encoded until one is given"]),
  ];
  if (withTensors) lines.push("", tensorTable(inspection));
  return printable(`${lines.join("\n")}\n`);
}

function modelLines({ family, model, comparison, problem }: ModelInspection): string[] {
  if (model === undefined || comparison === undefined) {
    return [`model       ${family === undefined ? "none; the file" : `${family}, which cannot be used:`} ${problem}`];
  }
  const { missing, unexpected, misshapen } = comparison;
  const wrongShapes = misshapen.map(({ name, shape, expected }) => `${name} [${shape}], expected [${expected}]`);
  const fits = missing.length + unexpected.length + misshapen.length === 0;
  return [
    `model       ${model.name}, ${count(model.parameters)} parameters`,
    `audio       ${model.sampleRate} Hz, ${model.clipSamples / model.sampleRate} s at once (${model.lengthPolicy}), pre-joint ${model.preJointDim.audio}`,
    `text        ${model.contextLength} tokens, vocabulary of ${model.vocabularySize}, pre-joint ${model.preJointDim.text}`,
    `joint       ${model.embedDim}`,
    ...listed("missing", missing),
    ...listed("unexpected", unexpected),
    ...listed("misshapen", wrongShapes),
    `complete    ${fits ? "yes, everything that the model needs is there" : "no; it cannot be loaded"}`,
  ];
}

function listed(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > LISTED ? [`            and ${names.length - LISTED} more`] : [];
  return names
    .slice(0, LISTED)
    .map((name, i) => `${(i === 0 ? what : "").padEnd(11)} ${name}`)
    .concat(more);
}

function tensorTable({ tensors }: ModelInspection): string {
  const rows = [...tensors].map(([name, { dtype, shape }]) => [name, dtype, `[${shape.join(", ")}]`]);
  return markdownTable([["tensor", "type", "shape"], ...rows]);
}

/** Everything, for machines. */
export function inspectionJson({ tensors, ...rest }: ModelInspection): string {
  const plain = {
    ...rest,
    checkpoint: { ...rest.checkpoint, metadata: Object.fromEntries(rest.checkpoint.metadata) },
    tensors: Object.fromEntries([...tensors].map(([name, { dtype, shape }]) => [name, { dtype, shape }])),
  };
  return `${JSON.stringify(plain, null, 2)}\n`;
}

function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
