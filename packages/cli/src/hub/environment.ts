import { homedir } from "node:os";
import { join } from "node:path";

/** Where the hub is and where its files are kept, by the variables that Hugging Face's own tools obey. */
export interface HubSettings {
  /** Address of the hub, without a slash at its end. */
  readonly endpoint: string;
  /** The folder that holds a folder `models--<owner>--<name>` for each repository. */
  readonly cache: string;
  /** The variable that forbids to use the network, as `NAME=value`; undefined when none does. */
  readonly offline: string | undefined;
  /** The file that `hf auth login` writes. */
  readonly tokenFile: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The settings that an environment makes; an empty variable is as good as none.
 * @see https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
 */
export function hubSettings(env: Environment = process.env): HubSettings {
  const home = expanded(env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "huggingface"), env);
  const cache = env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE;
  return {
    endpoint: (env.HF_ENDPOINT || "https://huggingface.co").replace(/\/+$/, ""),
    cache: cache ? expanded(cache, env) : join(home, "hub"),
    offline: offlineBy(env),
    tokenFile: env.HF_TOKEN_PATH ? expanded(env.HF_TOKEN_PATH, env) : join(home, "token"),
  };
}

/** The first of the two that is set decides, also when it says no. */
function offlineBy(env: Environment): string | undefined {
  const name = ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"].find((one) => env[one]);
  return name !== undefined && isTrue(env[name]) ? `${name}=${env[name]}` : undefined;
}

/** The words that Hugging Face's tools take for yes. */
export const isTrue = (value: string | undefined): boolean => /^(1|on|yes|true)$/i.test(value ?? "");

/** A path as a shell would read it: `~` at its beginning, `$NAME` and `${NAME}`; unknown names stay as they are. */
function expanded(path: string, env: Environment): string {
  const [home, rest] = /^~(?=$|[/\\])/.test(path) ? [homedir(), path.slice(1)] : ["", path];
  return home + rest.replace(/\$(?:(\w+)|\{(\w+)\})/g, (whole, plain, braced) => env[plain ?? braced] ?? whole);
}
