import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { irecProcess } from "./irec-process.ts";
import { paragraph } from "./one-paragraph.ts";
import { put, temporaryFolders } from "./temp-folder.ts";

const irec = irecProcess();
const newFolder = temporaryFolders();
const triplets = (args: string, cwd = newFolder()) =>
  irec.run(["triplets", ...args.split(" ").filter(Boolean)], { cwd });

describe("irec triplets", () => {
  it("writes the published file byte for byte", async () => {
    const cwd = newFolder();
    expect(await triplets("--rule published-2024 --terms all --out published.csv", cwd)).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });
    const bytes = readFileSync(join(cwd, "published.csv"));
    // triplets.md, section 4.
    expect(bytes.length).toBe(18_293_938);
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(
      "6d6e5b3067cf856f7c686c1fc08739027fd1522fd4e75045489558cd0781b9ee",
    );
    expect(readdirSync(cwd)).toEqual(["published.csv"]);
  });

  it("writes the same to standard output as to a file", async () => {
    const cwd = newFolder();
    await triplets("--terms leaves --out leaves.csv", cwd);
    const { stdout } = await triplets("--terms leaves", cwd);
    expect(stdout).toBe(readFileSync(join(cwd, "leaves.csv"), "utf8"));
    expect(stdout.split("\r\n")).toHaveLength(1 + 238_632 + 1);
  });

  it.each([
    ["", "terms: 150\ntriplets: 822820\nties: 831080\n"],
    ["--rule path", "terms: 150\ntriplets: 1350446\nties: 303454\n"],
    ["--terms leaves --rule wu-palmer", "terms: 100\ntriplets: 378284\nties: 106816\n"],
    ["--terms tinysol", "terms: 14\ntriplets: 686\nties: 406\n"],
    ["--terms tinysol --rule wu-palmer", "terms: 14\ntriplets: 722\nties: 370\n"],
    ["--terms tinysol --rule published-2024", "terms: 14\ntriplets: 237\n"],
    ["--rule published-2024", "triplets: 434116\n"],
    ["--terms violin,cello,piano,tuba --min-gap 2", "terms: 4\ntriplets: 2\nties: 4\ncloser than the gap: 6\n"],
  ])("--count %s counts as in the golden table and writes none", async (args, stdout) => {
    // n (n - 1) (n - 2) / 2 choices less the golden counts of triplets.md, section 3, are ties.
    const cwd = newFolder();
    expect(await triplets(`--count ${args}`, cwd)).toEqual({ status: 0, stdout, stderr: "" });
    expect(readdirSync(cwd)).toEqual([]);
  });

  it("samples the same rows for the same seed, others for another, each one of all, in order", async () => {
    const [all, seven, again, eight] = await Promise.all(
      ["", "--sample 25 --seed 7", "--sample 25 --seed 7", "--sample 25 --seed 8"].map(async (args) => {
        const { stdout } = await triplets(`--terms tinysol ${args}`);
        return stdout.split("\r\n").slice(1, -1);
      }),
    );
    expect(seven).toEqual(again);
    expect(eight).not.toEqual(seven);
    expect(new Set(seven).size).toBe(25);
    const places = seven!.map((row) => all!.indexOf(row));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBeGreaterThanOrEqual(0);
    const { stdout } = await triplets("--terms tinysol --sample 686");
    expect(stdout.split("\r\n").slice(1, -1)).toEqual(all);
    expect((await triplets("--terms tinysol --sample 0")).stdout).toBe("anchor,positive,negative\r\n");
  });

  it("writes valid JSON Lines with the same rows as the CSV", async () => {
    const [csv, jsonl] = await Promise.all([
      triplets("--terms leaves --sample 500"),
      triplets("--terms leaves --sample 500 --format jsonl"),
    ]);
    const lines = jsonl.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(500);
    for (const line of lines) expect(Object.keys(line)).toEqual(["anchor", "positive", "negative"]);
    expect(lines.map((line) => Object.values(line).join(","))).toEqual(csv.stdout.trimEnd().split("\r\n").slice(1));
  });

  it.each([
    ["label", "tuba,French horn,trombone"],
    ["name", "tuba,french_horn,trombone"],
    ["index", "0,1,2"],
    [
      "id",
      ["with_valves/tuba", "with_valves/french_horn", "without_valves/trombone"]
        .map((end) => `instrument/wind/pipe_aerophones/brass/${end}`)
        .join(","),
    ],
  ])("--columns %s", async (columns, row) => {
    const { stdout } = await triplets(`--terms tinysol --columns ${columns}`);
    expect(stdout.split("\r\n")[1]).toBe(row);
  });

  it("takes terms by name, label, alias and id", async () => {
    const { stdout } = await triplets("--terms violin,cello,instrument/stringed/struck/piano");
    expect(stdout).toBe("anchor,positive,negative\r\nviolin,violoncello,piano\r\nvioloncello,violin,piano\r\n");
  });

  it("ends quietly when nobody reads on", async () => {
    const cwd = newFolder();
    expect(await irec.shell("$IREC triplets | head -n 1", { cwd })).toEqual({
      status: 0,
      stdout: "anchor,positive,negative\r\n",
      stderr: "",
    });
    expect(await irec.shell("$IREC triplets --rule published-2024 | head -c 24", { cwd })).toEqual({
      status: 0,
      stdout: "anchor,positive,negative",
      stderr: "",
    });
  });

  it("ends with 5 when standard output cannot be written", async () => {
    const { status, stderr } = await irec.shell("$IREC triplets > /dev/full", { cwd: newFolder() });
    expect([status, paragraph(stderr)]).toEqual([5, "standard output: the disk is full."]);
  });

  it("writes the count to a file as well", async () => {
    const cwd = newFolder();
    await triplets("--count --terms tinysol --out count.txt", cwd);
    expect(readFileSync(join(cwd, "count.txt"), "utf8")).toBe("terms: 14\ntriplets: 686\nties: 406\n");
  });
});

describe("an own ontology", () => {
  const csv = 'id,parent,label\nall,,\nhigh,all,\nlow,all,\na,high,"a, the first"\nb,high,b\nc,low,c\n';
  const json = { name: "all", children: [{ name: "high", children: [{ name: "a" }, { name: "b" }] }, { name: "c" }] };

  it("is read from CSV, with labels quoted where they need it", async () => {
    const cwd = newFolder();
    put(join(cwd, "own.csv"), csv);
    const { stdout } = await triplets("--ontology own.csv --terms leaves", cwd);
    expect(stdout).toBe('anchor,positive,negative\r\n"a, the first",b,c\r\nb,"a, the first",c\r\n');
  });

  it("is read from JSON, a tree or rows, whatever the letters of its extension", async () => {
    const cwd = newFolder();
    put(join(cwd, "tree.JSON"), JSON.stringify(json));
    put(
      join(cwd, "rows.json"),
      JSON.stringify([
        { id: "all" },
        { id: "high", parent: "all" },
        { id: "a", parent: "high" },
        { id: "b", parent: "high" },
        { id: "c", parent: "all" },
      ]),
    );
    for (const file of ["tree.JSON", "rows.json"]) {
      const { stdout } = await triplets(`--ontology ${file} --terms a,b,c`, cwd);
      expect(stdout).toBe("anchor,positive,negative\r\na,b,c\r\nb,a,c\r\n");
    }
  });

  it.each([
    [
      "bad.csv",
      "id,parent\nall,\na,all\na,all\nb,nothing\n",
      /^bad\.csv: taxonomy "bad\.csv" cannot be built: 2 problems\n {2}- line 4: .*"a".*\n {2}- line 5: .*"nothing"/,
    ],
    [
      "bad.json",
      '{"name": "all",\n"children": [\n{"name": "a"},,]}',
      /^bad\.json: taxonomy "bad\.json" cannot be built: 1 problem\n {2}- line 3: not JSON: /,
    ],
    ["cycle.csv", "id,parent\nall,\na,b\nb,a\n", /^cycle\.csv: .*\n {2}- .*(cycle|circle)/i],
    ["empty.csv", "", /^empty\.csv: .*cannot be built/],
  ])("%s is refused with file, line and what is wrong", async (file, content, message) => {
    const cwd = newFolder();
    put(join(cwd, file), content);
    const { status, stdout, stderr } = await triplets(`--ontology ${file} --out out.csv`, cwd);
    expect([status, stdout]).toEqual([3, ""]);
    expect(paragraph(stderr)).toMatch(message);
    expect(readdirSync(cwd)).toEqual([file]);
  });

  it("that is missing or of another form is refused", async () => {
    const missing = await triplets("--ontology none.csv");
    expect([missing.status, paragraph(missing.stderr)]).toEqual([
      3,
      "none.csv: no such file or folder. Check the path; relative paths start at the current folder.",
    ]);
    const unknown = await triplets("--ontology own.yaml");
    expect([unknown.status, paragraph(unknown.stderr)]).toEqual([
      3,
      "own.yaml: no such ontology; expected doktorski, audioset, hornbostel-sachs, musicbrainz-types, agreed, or a file of your " +
        "own: .csv, .json, .jsonld, .ttl.",
    ]);
  });

  it("that lacks a TinySOL instrument is refused with its name", async () => {
    const cwd = newFolder();
    put(join(cwd, "own.csv"), csv);
    const { status, stderr } = await triplets("--ontology own.csv --terms tinysol", cwd);
    expect([status, paragraph(stderr)]).toEqual([
      2,
      '--terms: taxonomy "own.csv" has no term "tuba"; it has "all", "high", "a, the first", "b", "low", "c"',
    ]);
  });
});

it("a pipe in the place of an ontology is refused, not waited for", async () => {
  const cwd = newFolder();
  const { status, stderr } = await irec.shell("mkfifo own.json && $IREC triplets --ontology own.json", { cwd });
  expect([status, paragraph(stderr)]).toEqual([3, "own.json: expected a file, found a folder or a device."]);
});

describe("wrong options are errors of usage with what to write:", () => {
  it.each([
    ["--terms violn,viola", '--terms: taxonomy "doktorski" has no term "violn"; nearest: "violin", "viola"'],
    [
      "--terms rubbed,viola",
      '--terms: "rubbed" names 2 nodes of taxonomy "doktorski"; use one of these ids: "instrument/percussion/idiophones/pitched/rubbed", "instrument/percussion/membranophone/indeterminate_pitch/rubbed"',
    ],
    ["--terms cello,viola,violoncello", '--terms: "violoncello" is given twice.'],
    [
      "--terms violin,,viola",
      '--terms: taxonomy "doktorski" has no term ""; it has "musical instruments", "string instruments", "bowed string instruments", "violin", "viola", "violoncello", "contrabass", "plucked string instruments", "guitar", "banjo" and 141 more',
    ],
    ["--terms violin,viola", "--terms: a triplet needs three terms, there are 2."],
    ["--count --sample 3", "--count writes no triplets, so --sample has no effect."],
    ["--count --format jsonl", "--count writes no triplets, so --format has no effect."],
    ["--count --columns id", "--count writes no triplets, so --columns has no effect."],
    ["--seed 3", "--seed is the seed of a --sample; there is none."],
    ["--terms tinysol --sample 687", "--sample 687: there are only 686 triplets."],
    ["--rule published-2024 --sample 3", "--rule published-2024 has no --min-gap and no --sample."],
    ["--rule published-2024 --min-gap 1", "--rule published-2024 has no --min-gap and no --sample."],
    ["--rule published-2024 --terms leaves", "--rule published-2024 takes --terms all or --terms tinysol."],
    [
      "--rule published-2024 --format jsonl",
      "--rule published-2024 --terms all is the study's CSV, byte for byte: no --format, no --columns.",
    ],
    [
      "--rule published-2024 --columns id",
      "--rule published-2024 --terms all is the study's CSV, byte for byte: no --format, no --columns.",
    ],
  ])("%s", async (args, message) => {
    const cwd = newFolder();
    const { status, stdout, stderr } = await triplets(`${args} --out out.csv`, cwd);
    expect([status, stdout, paragraph(stderr)]).toEqual([2, "", message]);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it.each([
    "--min-gap -1",
    "--min-gap x",
    "--min-gap Infinity",
    "--sample -1",
    "--sample 1.5",
    "--seed 4294967296",
    "--rule lcaa",
    "--columns name,id",
    "--format tsv",
  ])("%s", async (args) => {
    const { status, stderr } = await triplets(args);
    expect(status).toBe(2);
    expect(paragraph(stderr)).toMatch(
      /^option '.+' argument '.+' is invalid\. (Expected|Allowed choices are) .+\n\(irec <command> --help/,
    );
  });

  it("the published rule with another ontology", async () => {
    const cwd = newFolder();
    put(join(cwd, "own.csv"), "id,parent\nall,\na,all\n");
    const { status, stderr } = await triplets("--ontology own.csv --rule published-2024", cwd);
    expect([status, paragraph(stderr)]).toEqual([2, "--rule published-2024 exists for the doktorski ontology only."]);
  });
});

describe("--out", () => {
  it("- is standard output", async () => {
    const cwd = newFolder();
    const { stdout } = await triplets("--terms tinysol --out -", cwd);
    expect(stdout.split("\r\n")).toHaveLength(1 + 686 + 1);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it.each([
    [
      "taken",
      "taken: already there; nothing is overwritten. Choose another name, or remove it.",
      (cwd: string) => put(join(cwd, "taken"), "mine"),
    ],
    ["folder", "folder: already there", (cwd: string) => mkdirSync(join(cwd, "folder"))],
    ["none/out.csv", "none/out.csv: its folder does not exist.", () => {}],
    [
      "file/out.csv",
      "file/out.csv: a file is in the way of its folder.",
      (cwd: string) => put(join(cwd, "file"), "mine"),
    ],
    ["/proc/out.csv", "/proc/out.csv: its folder does not exist.", () => {}],
  ])("%s is refused, and nothing is written", async (out, message, prepare) => {
    const cwd = newFolder();
    prepare(cwd);
    const before = readdirSync(cwd);
    const { status, stdout, stderr } = await triplets(`--out ${out}`, cwd);
    expect([status, stdout]).toEqual([5, ""]);
    expect(paragraph(stderr)).toContain(message);
    expect(readdirSync(cwd)).toEqual(before);
    if (out === "taken") expect(readFileSync(join(cwd, "taken"), "utf8")).toBe("mine");
  });

  it.each(["SIGINT", "SIGTERM"] as const)("leaves no file after %s", async (signal) => {
    const cwd = newFolder();
    // 40 families of 40: 80 million triplets, more than are ever written here.
    const families = [...Array(40).keys()];
    const rows = families.flatMap((f) => [`f${f},all`, ...families.map((i) => `f${f}-${i},f${f}`)]);
    put(join(cwd, "big.csv"), `id,parent\nall,\n${rows.join("\n")}\n`);
    const { child, ended } = irec.start(["triplets", "--ontology", "big.csv", "--out", "out.csv"], { cwd });
    while (!readdirSync(cwd).some((name) => name.includes("partial"))) await sleep(2);
    child.kill(signal);
    const { status, stderr } = await ended;
    expect({ status, stderr }).toEqual({ status: 130, stderr: "" });
    expect(readdirSync(cwd)).toEqual(["big.csv"]);
    expect(existsSync(join(cwd, "out.csv"))).toBe(false);
  });
});
