import type { Command } from "commander";
import { printable } from "../printable.ts";
import { path } from "./shared-options.ts";

interface BuildFlags {
  readonly tensorflow?: string;
  readonly wheel?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Adds `irec backend build` to the program. */
export function addBackend(program: Command): void {
  program
    .command("backend")
    .summary("build the native backend, on which models run several times faster")
    .description("The backend is what the models compute on; irec doctor says which one runs, and why.")
    .command("build")
    .summary("build the native backend into the user's cache")
    .description(
      "Builds the native backend: takes libtensorflow out of a TensorFlow wheel (the one that Python has installed, else one " +
        "that pip downloads), gets @tensorflow/tfjs-node with npm and compiles its binding. Needs a C++ compiler, Python 3 " +
        "and npm; about 1.2 GB of disk while it works and 0.9 GB afterwards; no rights of an administrator.",
    )
    .option("--tensorflow <version>", "download this version of TensorFlow, whatever is installed")
    .option("--wheel <file>", "take TensorFlow out of this wheel", path)
    .option("--force", "build again what is already there")
    .option("--json", "print what was built as JSON")
    .addHelpText(
      "after",
      `
Environment:
  CXX          the C++ compiler (default: c++, g++ or clang++)
  IREC_PYTHON  the Python that has TensorFlow or pip (default: python3)
  IREC_CACHE   the folder of irec's cache

Examples:
  irec backend build
  IREC_PYTHON=~/venv/bin/python irec backend build --force`,
    )
    .action(runBuild);
}

async function runBuild({ tensorflow: version, wheel, force, json }: BuildFlags): Promise<void> {
  const { buildBackend } = await import("../backend-build/build-backend.ts");
  const say = (line: string) => process.stderr.write(printable(`${line} ...\n`));
  const built = await buildBackend({ version, wheel, force, say });
  const line = built.found
    ? `The native backend is there already, with TensorFlow ${built.tensorflow}; --force builds it again.\n${built.folder}\n`
    : `Built the native backend with TensorFlow ${built.tensorflow}; irec uses it from now on.\n${built.folder}\n`;
  process.stdout.write(json ? `${JSON.stringify(built, null, 2)}\n` : printable(line));
}
