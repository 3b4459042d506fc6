import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import ts from "typescript";
import { afterAll, describe, expect, it } from "vitest";
import { codeBlocks, examples, relativeLinks, shellCommands } from "./markdown.ts";
import { succeed } from "./run.ts";

const workspace = fileURLToPath(new URL("..", import.meta.url));
const cache = join(workspace, "node_modules/.cache");
mkdirSync(cache, { recursive: true });
/** Inside of the workspace, so that programs find the packages that are not bundled. */
const folder = mkdtempSync(join(cache, "irec-readme-"));
/** These have a program to show; the others show commands, or have nothing to show without a model. */
const withExample = ["README.md", "packages/ontology/README.md", "packages/metrics/README.md"];
const readmes = [
  ...withExample,
  "packages/encoders/README.md",
  "packages/cli/README.md",
  "examples/README.md",
  "benchmarks/README.md",
];

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a program prints that lies in `place`, run on the sources of the packages. */
async function printed(program: string, place: string): Promise<string> {
  const outfile = join(folder, `${encodeURIComponent(place)}-${program.length}.mjs`);
  await build({
    stdin: { contents: program, resolveDir: join(workspace, place), loader: "ts" },
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["@irec/source"],
    // Codecs are loaded when a file needs them, and cannot be bundled: they import a package that they do not name. TensorFlow.js
    // looks for its binary beside itself.
    external: ["audio-decode", "@tensorflow/*"],
    outfile,
    logLevel: "silent",
  });
  return await succeed(process.execPath, [outfile], { cwd: folder });
}

/** What the compiler says, in strict mode, about programs at the paths that are given; nothing has to be on the disk. */
function typeErrors(programs: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(join(workspace, "tsconfig.check.json"), ts.sys.readFile);
  // A reader's program is strict, but not as strict as ours.
  const lenient = { noUncheckedIndexedAccess: false, noUnusedLocals: false };
  const options = { ...ts.parseJsonConfigFileContent(config, ts.sys, workspace).options, ...lenient };
  const virtual = new Map([...programs].map(([path, code]) => [join(workspace, path), code]));
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (path) => virtual.has(normalize(path)) || fileExists(path);
  host.getSourceFile = (path, language, ...rest) => {
    const code = virtual.get(normalize(path));
    return code === undefined ? getSourceFile(path, language, ...rest) : ts.createSourceFile(path, code, language);
  };
  const program = ts.createProgram([...virtual.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    const message = ts.flattenDiagnosticMessageText(messageText, "\n");
    return file === undefined ? message : `${relative(workspace, file.fileName)}: ${message}`;
  });
}

/** The commands and options that `irec` itself says it has: `""` for irec, then one entry a command, such as `models check`. */
async function irecOptions(): Promise<Map<string, Set<string>>> {
  const known = new Map<string, Set<string>>();
  const collect = async (command: readonly string[]): Promise<void> => {
    const irec = join(workspace, "packages/cli/bin/irec.js");
    const help = await succeed(process.execPath, [irec, ...command, "--help"], { cwd: folder });
    known.set(command.join(" "), new Set(help.match(/(?<=^\s+(?:-\w, )?)--[\w-]+|(?<=^\s+)-\w(?=,)/gm) ?? []));
    const below = (/^Commands:\n((?: +.*\n)+)/m.exec(help)?.[1] ?? "").matchAll(/^ {2}(\w[\w-]*)/gm);
    for (const [, name] of below) if (name !== "help") await collect([...command, name!]);
  };
  await collect([]);
  return known;
}

/** What is wrong with the `irec` commands of a document, one sentence each. */
function commandFaults(markdown: string, known: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  return codeBlocks(markdown)
    .filter(({ language }) => ["sh", "bash", "shell", "console"].includes(language))
    .flatMap(({ code }) => shellCommands(code))
    .flatMap((words) => {
      const start = /^(npx (--yes |-y )?)?(irec|@irec\/cli)( |$)/.exec(words.join(" "));
      if (start === null) return [];
      const given = words.slice(start[0].trim().split(" ").length);
      let command = "";
      for (const word of given) {
        const longer = `${command} ${word}`.trim();
        if (!known.has(longer)) break;
        command = longer;
      }
      if (command === "" && given[0] !== undefined && !given[0].startsWith("-"))
        return [`irec has no command ${given[0]}`];
      const options = known.get(command)!;
      const name = `irec ${command}`.trim();
      return given
        .filter((word) => word.startsWith("-"))
        .map((word) => word.replace(/=.*$/, ""))
        .filter((option) => !options.has(option))
        .map((option) => `${name} has no option ${option}`);
    });
}

let options: ReturnType<typeof irecOptions> | undefined;

it("the programs of all READMEs type-check, those without an output too", () => {
  const programs = readmes.flatMap((readme) =>
    codeBlocks(readFileSync(join(workspace, readme), "utf8"))
      .filter(({ language, code }) => language === "ts" && /^import /m.test(code))
      .map(({ line, code }): [string, string] => [readme.replace(/\.md$/, `-line-${line}.ts`), code]),
  );
  expect(typeErrors(new Map(programs))).toEqual([]);
});

describe.each(readmes)("%s", (readme) => {
  const place = dirname(readme);
  const text = readFileSync(join(workspace, readme), "utf8");

  if (withExample.includes(readme))
    it("has an example with its output", () => {
      expect(examples(text).length).toBeGreaterThan(0);
    });

  for (const { program, output } of examples(text)) {
    it(`prints in line ${program.line} what it says in line ${output.line}`, async () => {
      expect((await printed(program.code, place)).trimEnd()).toBe(output.code.trimEnd());
    });
  }

  it("links only to files that exist", () => {
    expect(relativeLinks(text).filter((target) => !existsSync(join(workspace, place, target)))).toEqual([]);
  });

  it("uses only commands and options that irec has", async () => {
    options ??= irecOptions();
    expect(commandFaults(text, await options)).toEqual([]);
  });

  it("runs only scripts that the workspace has", () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(
      readFileSync(join(workspace, "package.json"), "utf8"),
    );
    const run = codeBlocks(text)
      .filter(({ language }) => language === "sh")
      .flatMap(({ code }) => shellCommands(code))
      .filter(([npm, run]) => npm === "npm" && run === "run")
      .map((words) => words.slice(2).find((word) => !word.startsWith("-"))!);
    expect(run.filter((script) => scripts[script] === undefined)).toEqual([]);
  });
});

describe("the checks of the READMEs", () => {
  const document = [
    "See [the licence](LICENSE), [a site](https://example.org), [below](#use) and `[x](code.md)`.",
    "",
    "```ts",
    'console.log(["a", "b"].length);',
    "```",
    "prints",
    "```text",
    "2",
    "```",
    "",
    "[guide]: docs/guide.md#start",
  ].join("\n");

  it("take a block of TypeScript and the block of text after it for a program and its output", () => {
    expect(examples(document)).toEqual([
      {
        program: { language: "ts", code: 'console.log(["a", "b"].length);', line: 3 },
        output: { language: "text", code: "2", line: 7 },
      },
    ]);
  });

  it("run the program", async () => {
    expect(await printed('const n: number = 1 + 1;\nconsole.log("sum", n);', ".")).toBe("sum 2\n");
    await expect(printed('throw new Error("broken example");', ".")).rejects.toThrow("broken example");
  });

  it("type-check the program", () => {
    const code = 'import { rocAuc } from "@irec/metrics";\nconst area: string = rocAuc([0.1, 0.9], [0, 1]);';
    expect(typeErrors(new Map([["packages/metrics/README-line-7.ts", code]]))).toEqual([
      "packages/metrics/README-line-7.ts: Type 'number' is not assignable to type 'string'.",
    ]);
  });

  it("find the links that are paths", () => {
    expect(relativeLinks(document)).toEqual(["LICENSE", "docs/guide.md"]);
  });

  it("refuse a fence that is never closed", () => {
    expect(() => codeBlocks("text\n```ts\n1;")).toThrow("the block that starts in line 2 has no end");
  });

  it("know commands across continued lines, pipes and comments", () => {
    expect(shellCommands("# all\nirec triplets \\\n  --out 'my file.csv' && wc -l x > y # lines")).toEqual([
      ["irec", "triplets", "--out", "my file.csv"],
      ["wc", "-l", "x", "y"],
    ]);
  });

  it("complain about commands and options that irec does not have", () => {
    const known = new Map([
      ["", new Set(["--help"])],
      ["triplets", new Set(["--rule", "--out"])],
      ["models", new Set([])],
      ["models check", new Set(["--json"])],
    ]);
    const commands = [
      "npx irec --help",
      "npx irec triplets --rule=lca --out a.csv",
      "irec models check --json clap.pt",
      "irec models check clap.pt --jsn",
      "npx @irec/cli tripletz",
      "npx --yes @irec/cli triplets --ruel lca",
      "irec --version",
      "ls --color",
    ];
    expect(commandFaults(`\`\`\`sh\n${commands.join("\n")}\n\`\`\``, known)).toEqual([
      "irec models check has no option --jsn",
      "irec has no command tripletz",
      "irec triplets has no option --ruel",
      "irec has no option --version",
    ]);
  });
});
