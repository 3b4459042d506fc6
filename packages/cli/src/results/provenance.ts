import { createRequire } from "node:module";

/** What is needed to get the same numbers again. It holds no time and no machine's name, so that a rerun gives the same bytes. */
export interface Provenance {
  /** The command line after `irec`; empty when the library was called from a program. */
  readonly command: readonly string[];
  readonly packages: Readonly<Record<string, string>>;
  readonly node: string;
  readonly platform: string;
  readonly bootstrap: { readonly seed: number; readonly draws: number; readonly level: number };
  /** Every file that was read, with its sha256, in lower-case hexadecimal. */
  readonly inputs: readonly { readonly path: string; readonly sha256: string }[];
}

/** Set where the packages are bundled into the command: what runs is then not what is installed beside it. */
declare const BUNDLED_VERSIONS: Readonly<Record<string, string>> | undefined;

const require = createRequire(import.meta.url);

/** The versions of the packages of ours that make the numbers. */
export function packageVersions(): Readonly<Record<string, string>> {
  if (typeof BUNDLED_VERSIONS !== "undefined") return BUNDLED_VERSIONS;
  const names = ["@irec/cli", "@irec/metrics", "@irec/ontology"];
  return Object.fromEntries(names.map((name) => [name, installedVersion(name)]));
}

/** The version of a package that is installed, as those are that no bundle takes in. */
export function installedVersion(name: string): string {
  return require(`${name}/package.json`).version as string;
}
