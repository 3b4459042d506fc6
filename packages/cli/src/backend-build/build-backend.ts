import {
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { BUILD_FILES, type NativeBuild, nativeBuildFolder, TFJS_NODE_VERSION } from "@irec/encoders";
import { OutputError } from "../errors.ts";
import { onInterrupt } from "../interrupt.ts";
import { BackendBuildError } from "./build-error.ts";
import { compileBinding } from "./compile-binding.ts";
import { nodeHeaders } from "./node-headers.ts";
import { unpackNpmPackage } from "./npm-package.ts";
import { requiredPrograms } from "./required-programs.ts";
import { selfTest } from "./self-test.ts";
import { TENSORFLOW_LIBRARIES, tensorflowWheel, type WheelOptions } from "./tensorflow-wheel.ts";

export interface BuildOptions extends WheelOptions {
  /** Builds again what is already there. */
  readonly force?: boolean | undefined;
  /** Is told what is being done. */
  readonly say: (line: string) => void;
}

/** What `buildBackend` left behind. */
export interface Built extends NativeBuild {
  readonly folder: string;
  /** Whether it was there before. */
  readonly found: boolean;
}

/**
 * Makes the native backend in the user's cache. It is made in a folder beside its place and renamed when it has passed its
 * test, so that an interrupted build leaves nothing that could be loaded, and two builds at once do not meet.
 * @throws {BackendBuildError} when something is missing or a step fails
 * @throws {OutputError} when the cache cannot be written
 */
export async function buildBackend({ force, say, ...wheel }: BuildOptions): Promise<Built> {
  const folder = nativeBuildFolder();
  const present = readBuild(folder);
  if (present !== undefined && !force) return { ...present, folder, found: true };
  if (process.platform !== "linux" && process.platform !== "darwin") {
    throw new BackendBuildError(
      `the native backend can be built on Linux and macOS, not on ${process.platform}: TensorFlow's wheels for it have no ` +
        "library to link with. npm install @tensorflow/tfjs-node brings one where its host answers; so does WSL.",
    );
  }
  const programs = await requiredPrograms();
  removeAbandoned(folder);
  const partial = partialFolder(folder);
  const forget = onInterrupt(() => rmSync(partial, { recursive: true, force: true }));
  try {
    const build = await buildInto(partial);
    putInPlace(partial, folder, force === true);
    return { ...build, folder, found: false };
  } catch (error) {
    throw cacheError(folder, error);
  } finally {
    rmSync(partial, { recursive: true, force: true });
    forget();
  }

  async function buildInto(target: string): Promise<NativeBuild> {
    const work = join(target, "work");
    mkdirSync(work, { recursive: true });
    say(`getting @tensorflow/tfjs-node ${TFJS_NODE_VERSION} with npm`);
    const tfjsNode = await unpackNpmPackage(programs, `@tensorflow/tfjs-node@${TFJS_NODE_VERSION}`, work);
    const headers = await nodeHeaders(programs, work);
    const tensorflow = await tensorflowWheel(programs, wheel, work, say);
    for (const name of TENSORFLOW_LIBRARIES) {
      // A copy, so that it outlives the Python environment that it is from.
      if (tensorflow.installed)
        copyFileSync(realpathSync(join(tensorflow.folder, name)), join(target, name), constants.COPYFILE_FICLONE);
      else renameSync(join(tensorflow.folder, name), join(target, name));
    }
    say(`compiling the binding with ${programs.compiler.join(" ")}`);
    const include = join(tensorflow.folder, "include");
    await compileBinding(programs, { tfjsNode, nodeHeaders: headers, tensorflowHeaders: include, work }, target);
    putTfjsNode(tfjsNode, target);
    rmSync(work, { recursive: true });
    say("testing it");
    const build: NativeBuild = {
      tfjsNode: TFJS_NODE_VERSION,
      tensorflow: await selfTest(target),
      source: tensorflow.source,
      compiler: programs.compilerVersion,
    };
    writeFileSync(join(target, BUILD_FILES.description), `${JSON.stringify(build, null, 2)}\n`);
    return build;
  }
}

/** The description of a backend that was built completely. */
export function readBuild(folder: string): NativeBuild | undefined {
  const file = join(folder, BUILD_FILES.description);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as NativeBuild) : undefined;
}

/** The JavaScript half of tfjs-node, without what it needs for saved models and TensorBoard. */
function putTfjsNode(tfjsNode: string, target: string): void {
  const place = join(target, BUILD_FILES.tfjsNode);
  mkdirSync(place, { recursive: true });
  for (const name of ["package.json", "dist"]) cpSync(join(tfjsNode, name), join(place, name), { recursive: true });
  writeFileSync(join(place, "dist/proto/api_pb.js"), "module.exports = {};\n");
  for (const standIn of BUILD_FILES.standIns) {
    mkdirSync(dirname(join(target, standIn)), { recursive: true });
    writeFileSync(join(target, standIn), "module.exports = {}; // filled by the loader of @irec/encoders\n");
  }
}

/** Beside the folder, on the same file system; the host's name because a home can be shared by several. */
function partialFolder(folder: string): string {
  const partial = `${folder}${partialMark()}${process.pid}`;
  try {
    mkdirSync(partial, { recursive: true });
    return partial;
  } catch (error) {
    throw cacheError(folder, error);
  }
}

const partialMark = () => `.partial-${hostname()}-`;

/** What builds of this machine left that were killed. */
function removeAbandoned(folder: string): void {
  const parent = dirname(folder);
  if (!existsSync(parent)) return;
  const start = `${basename(folder)}${partialMark()}`;
  for (const name of readdirSync(parent).filter((entry) => entry.startsWith(start))) {
    if (!isRunning(Number(name.slice(start.length).split("-", 1)[0]))) {
      rmSync(join(parent, name), { recursive: true, force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

function putInPlace(partial: string, folder: string, force: boolean): void {
  const replaced = `${partial}-replaced`;
  if (force && existsSync(folder)) renameSync(folder, replaced);
  try {
    renameSync(partial, folder);
  } catch (error) {
    // Another build was faster; what it made is as good.
    if (readBuild(folder) === undefined) throw error;
  }
  rmSync(replaced, { recursive: true, force: true });
}

/** What the system refused; everything else stays what it is. */
function cacheError(folder: string, error: unknown): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (!(error instanceof Error) || code === undefined || syscall === undefined) return error;
  const reason = code === "ENOSPC" ? "the disk is full; about 1.2 GB are needed" : message;
  return new OutputError(`${folder}: ${reason}. IREC_CACHE names another folder for irec's cache.`, { cause: error });
}
