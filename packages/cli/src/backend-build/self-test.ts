import { join } from "node:path";
import { BUILD_FILES } from "@irec/encoders";
import { BackendBuildError } from "./build-error.ts";
import { lastWords, runProgram } from "./run-program.ts";

/** [[1, 2], [3, 4]] squared. */
const EXPECTED = [7, 10, 15, 22];

const MULTIPLY = `
const binding = require(process.argv[1]);
const flag = (name) => ({ name, type: binding.TF_ATTR_BOOL, value: false });
const matrix = binding.createTensor([2, 2], binding.TF_FLOAT, Float32Array.of(1, 2, 3, 4));
const attributes = [flag("transpose_a"), flag("transpose_b"), { name: "T", type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT }];
const [product] = binding.executeOp("MatMul", attributes, [matrix, matrix], 1);
const values = [...binding.tensorDataSync(product.id)];
process.stdout.write(JSON.stringify({ version: binding.TF_Version, values }));
`;

/**
 * Loads the binding in a process of its own, which may crash, and multiplies two matrices.
 * @returns the version of TensorFlow
 */
export async function selfTest(folder: string): Promise<string> {
  const ended = await runProgram([process.execPath, "-e", MULTIPLY, join(folder, BUILD_FILES.binding)], {
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: "3", NODE_OPTIONS: "" },
  });
  if (ended.status !== 0) {
    throw new BackendBuildError(
      `what was built does not run: ${lastWords(ended)}. Try --tensorflow with another version.`,
    );
  }
  const { version, values } = JSON.parse(ended.stdout) as { version: string; values: number[] };
  if (values.join() !== EXPECTED.join()) {
    throw new BackendBuildError(`what was built is wrong: [[1, 2], [3, 4]] squared is ${values.join(", ")}.`);
  }
  return version;
}
