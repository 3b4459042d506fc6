/**
 * Compiles packages/encoders/assembly/*.ts to WebAssembly and writes it, as base64 in a module of its own, to where it is
 * used: `npm run wasm`. The results are committed; packages/encoders/test/assembly.test.ts compares them with the sources.
 */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const encoders = new URL("../packages/encoders/", import.meta.url);

/** Source in assembly/ -> the module in src/ that carries it. */
export const wasmModules = {
  "tensor-kernels.ts": "backend/wasm/tensor-kernels.wasm.ts",
  "training-kernels.ts": "backend/wasm/training-kernels.wasm.ts",
  "log-mel.ts": "spectral/log-mel.wasm.ts",
  "waveform.ts": "audio/waveform.wasm.ts",
};

/** The text of the module for one source, or an error with the compiler's words. */
export async function compileWasm(source) {
  const file = `assembly/${source}`;
  let binary;
  const { error, stderr } = await asc.main(
    [
      file,
      // The option of the same name below is not enough where this runs in another folder.
      "--baseDir",
      fileURLToPath(encoders),
      "--outFile",
      "out.wasm",
      "-O3",
      "--converge",
      "--noAssert",
      "--runtime",
      "stub",
      "--importMemory",
      "--enable",
      "simd",
    ],
    {
      baseDir: fileURLToPath(encoders),
      writeFile: (name, contents) => {
        if (name === "out.wasm") binary = contents;
      },
    },
  );
  if (error || binary === undefined) throw new Error(`${file}: ${error?.message ?? "no output"}\n${stderr}`);
  return [
    `/** WebAssembly of ${file}, ${binary.length} bytes, as base64. Made by \`npm run wasm\`; do not edit. */`,
    "export const wasmBase64 =",
    `  "${Buffer.from(binary).toString("base64")}";`,
    "",
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [source, target] of Object.entries(wasmModules)) {
    await writeFile(new URL(`src/${target}`, encoders), await compileWasm(source));
    process.stdout.write(`src/${target}\n`);
  }
}
