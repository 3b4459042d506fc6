import { BackendBuildError } from "./build-error.ts";
import { runProgram } from "./run-program.ts";

/** The programs that a build needs, each as the start of a command line. */
export interface RequiredPrograms {
  readonly compiler: readonly string[];
  /** The first line of what the compiler says of its version. */
  readonly compilerVersion: string;
  readonly python: readonly string[];
  readonly npm: readonly string[];
}

/** C++17 is what the headers and the binding need; every compiler of the last years has it. */
const COMPILERS = ["c++", "g++", "clang++"];
const PYTHONS = ["python3", "python"];

/**
 * Finds the compiler (`CXX`, else c++, g++ or clang++), Python (`IREC_PYTHON`, else python3 or python) and npm.
 * @throws {BackendBuildError} that names all that is missing, and how to get it
 */
export async function requiredPrograms(): Promise<RequiredPrograms> {
  const { CXX, IREC_PYTHON } = process.env;
  const [compiler, python, npm] = await Promise.all([
    firstThatRuns(CXX ? [CXX] : COMPILERS, "--version"),
    firstThatRuns(IREC_PYTHON ? [IREC_PYTHON] : PYTHONS, "-c", "import sys; assert sys.version_info >= (3, 8)"),
    firstThatRuns(["npm"], "--version"),
  ]);
  if (compiler !== undefined && python !== undefined && npm !== undefined) {
    const compilerVersion = compiler.stdout.split("\n", 1)[0]!.trim();
    return { compiler: compiler.command, compilerVersion, python: python.command, npm: npm.command };
  }
  const missing = [
    compiler === undefined &&
      `a C++ compiler (${CXX ? `CXX is "${CXX}", which does not run` : `none of ${COMPILERS.join(", ")} runs`}; ` +
        'Debian and Ubuntu: "apt-get install g++", macOS: "xcode-select --install", others: name yours in CXX)',
    python === undefined &&
      `Python 3.8 or later (${IREC_PYTHON ? `IREC_PYTHON is "${IREC_PYTHON}", which does not run` : `neither of ${PYTHONS.join(", ")} runs`}; ` +
        'Debian and Ubuntu: "apt-get install python3-pip", others: name yours in IREC_PYTHON)',
    npm === undefined && "npm (it comes with Node)",
  ].filter((line) => line !== false);
  throw new BackendBuildError(`the native backend cannot be built: what is missing is ${missing.join(", and ")}.`);
}

async function firstThatRuns(programs: readonly string[], ...args: readonly string[]) {
  for (const program of programs) {
    const command = program.trim().split(/\s+/); // `ccache g++` is a usual CXX
    const { status, stdout } = await runProgram([...command, ...args]);
    if (status === 0) return { command, stdout };
  }
  return undefined;
}
