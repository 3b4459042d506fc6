import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { BackendBuildError } from "./build-error.ts";
import type { RequiredPrograms } from "./required-programs.ts";
import { lastWords, runProgram } from "./run-program.ts";

/** The release that the binding is tested with. */
export const TENSORFLOW_VERSION = "2.21.0";

/** The libraries that the binding is linked with, by their names in TensorFlow's folder. They need no other of its files. */
export const TENSORFLOW_LIBRARIES =
  process.platform === "darwin"
    ? ["libtensorflow_cc.2.dylib", "libtensorflow_framework.2.dylib"]
    : ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];

/** The headers of its C interface, with those that they include: 1 of 13,000. */
const HEADERS = [
  "tensorflow/c/",
  "tensorflow/core/platform/",
  "tsl/platform/",
  "tsl/c/",
  "xla/tsl/c/",
  "xla/tsl/platform/",
];

/** The wheel of the smallest build: the one without GPU, where it exists. */
const PACKAGE = process.platform === "linux" && process.arch === "x64" ? "tensorflow-cpu" : "tensorflow";

export interface WheelOptions {
  /** A version to download, whatever is installed. */
  readonly version?: string | undefined;
  /** A wheel on the disk. */
  readonly wheel?: string | undefined;
}

/** TensorFlow's folder, with libraries and headers. */
export interface TensorflowFolder {
  readonly folder: string;
  /** Whether it is somebody else's, and to be left alone. */
  readonly installed: boolean;
  /** Where it is from, in words. */
  readonly source: string;
}

/** Gets TensorFlow: from a wheel that is given, from the one that Python has installed, or from the one that pip downloads. */
export async function tensorflowWheel(
  programs: RequiredPrograms,
  { version, wheel }: WheelOptions,
  work: string,
  say: (line: string) => void,
): Promise<TensorflowFolder> {
  if (wheel !== undefined) {
    say(`unpacking ${wheel}`);
    return { folder: await unpack(programs, wheel, work), installed: false, source: wheel };
  }
  const installed = version === undefined ? await installedTensorflow(programs) : undefined;
  if (installed !== undefined) {
    const source = `tensorflow ${installed.version} of ${programs.python.join(" ")}, in ${installed.folder}`;
    say(`taking ${source}`);
    return { folder: installed.folder, installed: true, source };
  }
  const spec = `${PACKAGE}==${version ?? TENSORFLOW_VERSION}`;
  say(`downloading ${spec} with pip, about 270 MB`);
  const downloaded = await download(programs, spec, work);
  say("unpacking it");
  return { folder: await unpack(programs, downloaded, work), installed: false, source: `${spec} by pip` };
}

async function installedTensorflow({
  python,
}: RequiredPrograms): Promise<{ folder: string; version: string } | undefined> {
  const { status, stdout } = await runProgram([...python, "-c", FIND_TENSORFLOW]);
  if (status !== 0) return undefined;
  const found = JSON.parse(stdout) as { folder: string; version: string };
  return TENSORFLOW_LIBRARIES.every((name) => existsSync(join(found.folder, name))) ? found : undefined;
}

/** Without importing it, which takes seconds and prints. */
const FIND_TENSORFLOW = `
import importlib.metadata, importlib.util, json, os
spec = importlib.util.find_spec("tensorflow")
version = "of unknown version"
for name in ("tensorflow-cpu", "tensorflow", "tensorflow-macos", "tensorflow-cpu-aws", "tf-nightly-cpu", "tf-nightly"):
    try:
        version = importlib.metadata.version(name)
        break
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps({"folder": os.path.dirname(os.path.realpath(spec.origin)), "version": version}))
`;

async function download({ python }: RequiredPrograms, spec: string, work: string): Promise<string> {
  const pip = [...python, "-m", "pip"];
  const there = await runProgram([...pip, "--version"]);
  if (there.status !== 0) {
    throw new BackendBuildError(
      `${pip.join(" ")} does not run (${lastWords(there)}), and ${python.join(" ")} has no TensorFlow installed. Install ` +
        `pip (Debian and Ubuntu: "apt-get install python3-pip"), name another Python in IREC_PYTHON, or give a wheel of ` +
        `${spec} with --wheel.`,
    );
  }
  const folder = join(work, "wheel");
  mkdirSync(folder);
  // The libraries are the same for all versions of Python; the running one may be too new or too old for a wheel.
  const anyPython = ["--python-version", "3.12"];
  const command = [...pip, "download", "--no-deps", "--only-binary", ":all:", "--dest", folder, spec];
  let ended = await runProgram(command);
  if (ended.status !== 0) {
    const second = await runProgram([...command, ...anyPython]);
    if (second.status === 0) ended = second;
  }
  const file = readdirSync(folder).find((name) => name.endsWith(".whl"));
  if (ended.status !== 0 || file === undefined) {
    throw new BackendBuildError(
      `pip does not download ${spec}: ${lastWords(ended)}. Is there a network, and is the version right ` +
        `(--tensorflow)? A wheel from elsewhere can be given with --wheel.`,
    );
  }
  return join(folder, file);
}

/** Only what is linked and included: all of it is 1.2 GB. */
async function unpack({ python }: RequiredPrograms, wheel: string, work: string): Promise<string> {
  const folder = join(work, "unpacked");
  const ended = await runProgram([
    ...python,
    "-c",
    UNPACK_WHEEL,
    wheel,
    folder,
    ...TENSORFLOW_LIBRARIES.map((name) => `tensorflow/${name}`),
    ...HEADERS.map((name) => `tensorflow/include/${name}`),
  ]);
  if (ended.status !== 0) throw new BackendBuildError(`${wheel}: cannot be unpacked: ${lastWords(ended)}`);
  const missing = TENSORFLOW_LIBRARIES.filter((name) => !existsSync(join(folder, "tensorflow", name)));
  if (missing.length > 0) {
    throw new BackendBuildError(
      `${wheel}: has no ${missing.join(" and no ")}, so it is no wheel of TensorFlow ${TENSORFLOW_VERSION} or a near ` +
        `version for ${process.platform}.`,
    );
  }
  return join(folder, "tensorflow");
}

const UNPACK_WHEEL = `
import sys, zipfile
wheel, folder, *prefixes = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name.startswith(tuple(prefixes)):
            archive.extract(name, folder)
`;
