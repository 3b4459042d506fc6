// A tower as ONNX on onnxruntime-node: the peer of @irec/encoders that needs no Python, but a converted model.
//
//     node onnx.mjs FOLDER MODEL THREADS    embeds MODEL.input once for each line on stdin, and prints how long that took
//
// FOLDER is where onnxruntime-node is installed, since the benchmarks do not depend on it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [folder, model, threads] = process.argv.slice(2);
const { InferenceSession, Tensor } = createRequire(join(folder, "package.json"))("onnxruntime-node");

const session = await InferenceSession.create(model, {
  intraOpNumThreads: Number(threads),
  interOpNumThreads: 1,
  // Threads that wait must not keep the sides that are measured in turn from the processors.
  extra: { session: { intra_op: { allow_spinning: "0" } } },
});
const { type, dims } = JSON.parse(readFileSync(`${model}.json`, "utf8"));
const { buffer } = new Uint8Array(readFileSync(`${model}.input`));
const x = new Tensor(type, type === "int64" ? new BigInt64Array(buffer) : new Float32Array(buffer), dims);

const answer = (values) => process.stdout.write(`${JSON.stringify(values)}\n`);
answer({ ready: true });
for await (const _ of createInterface({ input: process.stdin })) {
  const start = process.hrtime.bigint();
  const { joint } = await session.run({ x });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  answer({ seconds, vector: [...joint.data.subarray(-joint.dims[1])] });
}
