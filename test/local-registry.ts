import { type ChildProcess, fork } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { plainEnvironment, succeed } from "./run.ts";

/** A registry on loopback that has nothing of ours but what is published to it, and hands on requests for the rest. */
export interface LocalRegistry {
  readonly url: string;
  /** The environment of a user whose npm knows this registry and has never been used: own configuration, empty cache. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts verdaccio; what it keeps lies in a temporary folder until `close`. */
export async function startRegistry(): Promise<LocalRegistry> {
  const folder = mkdtempSync(join(tmpdir(), "irec-registry-"));
  const uplink = (await succeed("npm", ["config", "get", "registry"], { cwd: folder })).trim();
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(folder, "config.yaml");
  mkdirSync(join(folder, "user"));
  // Nothing that is @irec/* is asked for upstream: a test of this version must never see a published one.
  writeFileSync(
    config,
    JSON.stringify({
      storage: join(folder, "storage"),
      auth: { htpasswd: { file: join(folder, "htpasswd") } },
      uplinks: { upstream: { url: uplink, timeout: "60s" } },
      packages: {
        "@irec/*": { access: "$all", publish: "$all" },
        "**": { access: "$all", proxy: "upstream" },
      },
      log: { type: "stdout", format: "json", level: "error" },
    }),
  );
  // npm publishes only with a token, even where anybody may.
  writeFileSync(join(folder, "user/npmrc"), `//${host}/:_authToken=anybody\nupdate-notifier=false\n`);

  const require = createRequire(import.meta.url);
  const verdaccio = join(dirname(require.resolve("verdaccio/package.json")), "bin/verdaccio");
  const server = fork(verdaccio, ["--config", config, "--listen", `http://${host}`], {
    cwd: folder,
    env: plainEnvironment(),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const close = async () => {
    await stop(server);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await started(server);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url: `http://${host}/`,
    env: {
      npm_config_registry: `http://${host}/`,
      npm_config_userconfig: join(folder, "user/npmrc"),
      npm_config_cache: join(folder, "user/cache"),
    },
    close,
  };
}

/** Resolves when verdaccio says over its channel that it listens. */
function started(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    for (const stream of [server.stdout!, server.stderr!])
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`verdaccio ended with ${code} before it listened\n${said}`)));
    server.once("message", () => resolve());
  });
}

function stop(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) resolve();
    else {
      server.removeAllListeners("exit").once("exit", () => resolve());
      server.kill();
    }
  });
}

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
