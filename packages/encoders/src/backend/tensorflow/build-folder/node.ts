import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

/** The release of @tensorflow/tfjs-node whose binding is compiled: the last one, and the one that this package knows. */
export const TFJS_NODE_VERSION = "4.22.0";

/** The version of Node's stable C interface that its binding is made for; every later Node has it. */
export const NAPI_VERSION = 8;

/** Changes when the loader expects other files than before. */
const LAYOUT = 2;

/** What a native backend that was built consists of, beside the libraries of TensorFlow: paths below its folder. */
export const BUILD_FILES = {
  /** JSON, `NativeBuild`. Its presence says that the folder is complete. */
  description: "build.json",
  binding: "tfjs_binding.node",
  /**
   * An addon: its functions `hush` and `restore` keep standard error silent between them, `release` gives back memory that only
   * loading needs.
   */
  loader: "loader.node",
  tfjsNode: "node_modules/@tensorflow/tfjs-node",
  /** Stand for the packages that tfjs-node imports: empty modules that the loader fills. */
  standIns: ["node_modules/@tensorflow/tfjs/index.js", "node_modules/@tensorflow/tfjs-core/index.js"],
} as const;

/** How a native backend was made, as `build.json` has it. */
export interface NativeBuild {
  readonly tfjsNode: string;
  /** Version of TensorFlow. */
  readonly tensorflow: string;
  /** Where its libraries were copied from, in words. */
  readonly source: string;
  /** First line of what the compiler says of its version. */
  readonly compiler: string;
}

/**
 * The folder in which irec keeps what takes long to make, for one user and all projects: `IREC_CACHE`, else `irec` in the
 * user's cache folder (`XDG_CACHE_HOME` or `~/.cache`, `~/Library/Caches` on macOS, `LOCALAPPDATA` on Windows). It need
 * not exist.
 */
export function cacheFolder(): string {
  const { IREC_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (IREC_CACHE) return resolve(IREC_CACHE);
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "irec");
  if (process.platform === "win32") return join(LOCALAPPDATA || join(homedir(), "AppData", "Local"), "irec", "Cache");
  // The specification of XDG has relative paths ignored.
  return join(XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), ".cache"), "irec");
}

/**
 * The folder of the native backend that `irec backend build` makes and `openBackend` looks for: one for each release of
 * tfjs-node, system, processor, version of Node's interface and layout, so that none is loaded where it does not fit.
 */
export function nativeBuildFolder(): string {
  const { platform, arch } = process;
  return join(
    cacheFolder(),
    "backend",
    `tfjs-node-${TFJS_NODE_VERSION}-${platform}-${arch}-napi${NAPI_VERSION}-${LAYOUT}`,
  );
}
