import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUILD_FILES, NAPI_VERSION } from "@irec/encoders";
import { BackendBuildError } from "./build-error.ts";
import { LOADER_ADDON } from "./loader-addon.ts";
import type { RequiredPrograms } from "./required-programs.ts";
import { lastWords, runProgram } from "./run-program.ts";
import { passStringLists } from "./string-lists.ts";
import { TENSORFLOW_LIBRARIES } from "./tensorflow-wheel.ts";

export interface BindingInputs {
  /** The unpacked package tfjs-node. */
  readonly tfjsNode: string;
  readonly nodeHeaders: string;
  readonly tensorflowHeaders: string;
  /** For files that are not kept. */
  readonly work: string;
}

/** Compiles the binding, which looks for the libraries beside itself, and the addon for its loading. */
export async function compileBinding(
  { compiler }: RequiredPrograms,
  { tfjsNode, nodeHeaders, tensorflowHeaders, work }: BindingInputs,
  folder: string,
): Promise<void> {
  const addon = [
    ...["-O2", "-std=c++17", "-shared", "-fPIC", `-DNAPI_VERSION=${NAPI_VERSION}`, "-DBUILDING_NODE_EXTENSION"],
    ...["-DNODE_GYP_MODULE_NAME=irec", "-I", nodeHeaders],
    ...(process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : []),
  ];
  passStringLists(tfjsNode);
  const loader = join(work, "loader.cc");
  writeFileSync(loader, LOADER_ADDON);
  await compile(compiler, [...addon, loader, "-o", join(folder, BUILD_FILES.loader)], work);
  await compile(
    compiler,
    [
      ...addon,
      ...["-I", ".", "-I", tensorflowHeaders, "binding/tfjs_backend.cc", "binding/tfjs_binding.cc"],
      ...["-o", join(folder, BUILD_FILES.binding)],
      ...TENSORFLOW_LIBRARIES.map((name) => join(folder, name)),
      process.platform === "darwin" ? "-Wl,-rpath,@loader_path" : "-Wl,-rpath,$ORIGIN", // no shell comes between
    ],
    tfjsNode,
  );
}

async function compile(compiler: readonly string[], options: readonly string[], cwd: string): Promise<void> {
  const ended = await runProgram([...compiler, ...options], { cwd });
  if (ended.status === 0) return;
  throw new BackendBuildError(
    `${compiler.join(" ")} does not compile the binding: ${lastWords(ended)}. Another compiler can be named in CXX, ` +
      "another version of TensorFlow with --tensorflow.",
  );
}
