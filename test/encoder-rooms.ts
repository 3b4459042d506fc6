import { type PackageSources, resolveFrom, type SourceFile } from "./module-map.ts";

interface Room {
  /** The other rooms that its files may import. */
  readonly from: readonly string[];
  /** Whether it computes on tensors. */
  readonly tensors?: true;
  /** Whether all of it is for Node. */
  readonly node?: true;
}

/** The folders of the encoders, in the order in which the data flows; each takes from those before it only what it needs. */
const rooms: Readonly<Record<string, Room>> = {
  bytes: { from: [] },
  checkpoint: { from: ["bytes"] },
  audio: { from: ["bytes", "two-tower.ts"] },
  spectral: { from: ["audio"] },
  text: { from: [] },
  backend: { from: [], tensors: true },
  layers: { from: ["backend"], tensors: true },
  projection: { from: ["layers"], tensors: true },
  towers: { from: ["layers"], tensors: true },
  models: {
    from: [
      ...["bytes", "checkpoint", "audio", "spectral", "text", "backend", "layers", "projection", "towers"],
      "two-tower.ts",
    ],
    tensors: true,
  },
  training: {
    from: [
      ...["bytes", "checkpoint", "audio", "spectral", "text", "backend", "layers", "projection", "towers", "models"],
      "two-tower.ts",
    ],
    tensors: true,
  },
  // Errors of every room that a worker runs get their classes back.
  parallel: { from: ["bytes", "checkpoint", "audio", "text", "backend", "models", "two-tower.ts"], node: true },
};

/** Whether Node's modules may be used in a file: in a room of its own, which `index.ts` must not reach. */
export function isNodeRoom({ path }: SourceFile): boolean {
  return rooms[roomOf(path)]?.node === true;
}

/** Where a room of the encoders imports what is not before it, and where index.ts leads to what is for Node only. */
export function roomViolations({ folder, files }: PackageSources): string[] {
  return [
    ...files.flatMap((file) =>
      file.imports.flatMap((name) => roomViolation(file, name).map((fault) => `${folder}/src/${fault}`)),
    ),
    ...nodeModulesBehindIndex(files).map((trail) => `${folder}/src/${trail}: index.ts must run in browsers`),
  ];
}

function roomViolation(file: SourceFile, name: string): string[] {
  const where = `${file.path} imports "${name}"`;
  const room = roomOf(file.path);
  if (name.startsWith("@tensorflow/")) {
    const computing = Object.keys(rooms).filter((key) => rooms[key]!.tensors);
    return computing.includes(room) ? [] : [`${where}: only ${computing.join(", ")} compute on tensors`];
  }
  // The two indexes gather what the rooms make.
  if (!name.startsWith(".") || room === "index.ts" || room === "node.ts") return [];
  const target = roomOf(resolveFrom(file, name));
  if (target === room || target === "..") return [];
  const from = rooms[room]?.from ?? [];
  if (from.includes(target)) return [];
  return [`${where}: ${room} takes ${from.length === 0 ? "nothing from other rooms" : `only from ${from.join(", ")}`}`];
}

/** The ways from index.ts to a node.ts or a room for Node, as the files on each. A type counts: a browser has none of Node's. */
function nodeModulesBehindIndex(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const found: string[] = [];
  const seen = new Set<string>();
  const follow = (path: string, trail: readonly string[]): void => {
    const file = byPath.get(path);
    if (file === undefined || seen.has(path)) return;
    seen.add(path);
    const way = [...trail, path];
    if (isNodeRoom(file) || /(^|\/)node\.ts$/.test(path)) found.push(way.join(" -> "));
    else for (const name of file.imports) if (name.startsWith(".")) follow(resolveFrom(file, name), way);
  };
  follow("index.ts", []);
  return found;
}

/** `audio` of `audio/wav.ts`, `two-tower.ts` of itself. */
function roomOf(path: string): string {
  return path.split("/")[0]!;
}
