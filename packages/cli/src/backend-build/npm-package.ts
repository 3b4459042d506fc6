import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { BackendBuildError } from "./build-error.ts";
import type { RequiredPrograms } from "./required-programs.ts";
import { lastWords, runProgram } from "./run-program.ts";

/**
 * Unpacks a package of the user's npm registry into a new folder below `work`, without its dependencies, and without
 * running any of its scripts.
 * @returns the folder
 */
export async function unpackNpmPackage({ npm, python }: RequiredPrograms, spec: string, work: string): Promise<string> {
  const folder = join(work, spec.replaceAll(/[^\w.-]/g, "_"));
  mkdirSync(folder);
  const packed = await runProgram([...npm, "pack", spec, "--json", "--ignore-scripts", "--pack-destination", folder], {
    cwd: folder,
    env: withoutProject(process.env),
  });
  if (packed.status !== 0) throw new BackendBuildError(`npm does not get ${spec}: ${lastWords(packed)}`);
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
  const unpacked = await runProgram([...python, "-m", "tarfile", "-e", join(folder, filename), folder]);
  if (unpacked.status !== 0) throw new BackendBuildError(`${spec} cannot be unpacked: ${lastWords(unpacked)}`);
  return join(folder, "package");
}

/** `npx` tells every npm below it which project it was called in; the registry and the like are to stay. */
function withoutProject(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const project = /^npm_(config_(local_prefix|workspace|package|call|dry_run|json)|package_|lifecycle_)/i;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !project.test(name)));
}
