import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { EXIT_CODES } from "../src/errors.ts";
import { cut, fileServer } from "./file-server.ts";
import { irecProcess } from "./irec-process.ts";
import { TINYSOL_CLIPS, TINYSOL_METADATA, writeFlatTinysol, writeTinysol } from "./miniatures.ts";
import { paragraph } from "./one-paragraph.ts";
import { put, temporaryFolders } from "./temp-folder.ts";

const irec = irecProcess();
const newFolder = temporaryFolders();
const server = await fileServer();

/** A machine without data sets. */
function machine() {
  const cwd = newFolder();
  return { cwd, env: { HOME: cwd, IREC_DATA: join(cwd, "data"), IREC_DATASETS_MIRROR: server.url } };
}

it("irec datasets list shows what there is, with licences, and what is here", async () => {
  const { cwd, env } = machine();
  writeTinysol(join(cwd, "data/tinysol"));
  const { status, stdout, stderr } = await irec.run(["datasets", "list"], { cwd, env });
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout.split("\n").slice(0, 5)).toEqual([
    "name             clips   labels  licence          on this machine",
    `tinysol          2913    14      CC BY 4.0        ${join(cwd, "data/tinysol")}`,
    "medley-solos-db          8       CC BY 4.0        not here",
    "nsynth           305979  11      CC BY 4.0        not here",
    "irmas            6705    11      CC BY-NC-SA 3.0  not here",
  ]);
  const listed = JSON.parse((await irec.run(["datasets", "list", "--json"], { cwd, env })).stdout);
  expect(listed.map(({ name, here }: Record<string, unknown>) => [name, here !== null])).toEqual([
    ["tinysol", true],
    ["medley-solos-db", false],
    ["nsynth", false],
    ["irmas", false],
    ["sample", true],
  ]);
});

it("irec datasets info says where it is from, under which licence, and what is known of its files", async () => {
  const { cwd, env } = machine();
  const { status, stdout } = await irec.run(["datasets", "info", "tinysol"], { cwd, env });
  expect(status).toBe(0);
  expect(stdout).toContain("licence   CC BY 4.0, https://creativecommons.org/licenses/by/4.0/");
  expect(stdout).toContain("  audio: TinySOL.tar.gz, md5 36030a7fe389da86c3419e5ee48e3b7f (Zenodo record 3685367)\n");
  expect(stdout).toContain(
    `here      no; looked in ${join(cwd, "data/tinysol")} and ${join(cwd, "mir_datasets/tinysol")}`,
  );
  const json = JSON.parse((await irec.run(["datasets", "info", "nsynth", "--json"], { cwd, env })).stdout);
  expect(json.files[2]).toMatchObject({ key: "test", bytes: 349501546, place: "nsynth-test" });
});

it("irec datasets cite prints BibTeX and nothing else; a name that is none is a usage error", async () => {
  const { cwd, env } = machine();
  const { stdout } = await irec.run(["datasets", "cite", "irmas"], { cwd, env });
  expect(stdout).toMatch(/^@inproceedings\{bosch2012irmas,\n(?:.*\n)+\}\n$/);
  const wrong = await irec.run(["datasets", "cite", "tinysoul"], { cwd, env });
  expect([wrong.status, wrong.stdout]).toEqual([EXIT_CODES.usage.code, ""]);
  expect(paragraph(wrong.stderr)).toContain('there is no data set "tinysoul"; there are tinysol,');
});

it("irec datasets pull shows licence and citation, then fetches; another file than was published is refused", async () => {
  const { cwd, env } = machine();
  server.files.set("/tinysol/TinySOL_metadata.csv", Buffer.from(TINYSOL_METADATA));
  const { status, stdout, stderr } = await irec.run(["datasets", "pull", "tinysol"], { cwd, env });
  expect([status, stdout]).toEqual([EXIT_CODES.input.code, ""]);
  expect(stderr).toMatch(/^TinySOL 6\.0, https:\/\/doi\.org\/10\.5281\/zenodo\.3685367\nLicence: CC BY 4\.0, /);
  expect(stderr).toContain("Please cite:\n@dataset{cella2020tinysol,");
  expect(stderr).toMatch(
    /error: http:\S+\/tinysol\/TinySOL_metadata\.csv: what came has the md5 [0-9a-f]{32}, expected a86c9bb115f69e61f2f25872e397fc4a\. It was removed\./,
  );
  expect(existsSync(join(cwd, "data/tinysol/annotation"))).toBe(false);
  expect(existsSync(join(cwd, "mir_datasets"))).toBe(false);
});

it("irec datasets pull says what it does not get, into a folder of the user's choice, and quietly", async () => {
  const { cwd, env } = machine();
  const args = ["datasets", "pull", "nsynth", "--only", "test", "--to", "here", "--quiet"];
  const { status, stdout, stderr } = await irec.run(args, { cwd, env });
  expect([status, stdout]).toEqual([EXIT_CODES.input.code, ""]);
  expect(paragraph(stderr)).toMatch(/nsynth\/nsynth-test\.jsonwav\.tar\.gz: is not there \(404\)\. Has it moved\?$/);
  expect(readdirSync(join(cwd, "here"))).toEqual([".irec-pull"]);
  const wrong = await irec.run(["datasets", "pull", "nsynth", "--only", "tests"], { cwd, env });
  expect(wrong.status).toBe(EXIT_CODES.usage.code);
  expect(paragraph(wrong.stderr.slice(wrong.stderr.indexOf("error:")))).toBe(
    'NSynth has no part "tests"; it has train, valid, test.',
  );
});

it("irec datasets pull, stopped by Ctrl-C, keeps what has arrived, holds no lock, and continues there", async () => {
  const { cwd, env } = machine();
  const content = Buffer.alloc(100_000, "TinySOL");
  server.next.push(cut(content, 60_000, "falls silent"));
  const args = ["datasets", "pull", "tinysol", "--only", "annotations", "--quiet"];
  const { child, ended } = irec.start(args, { cwd, env });
  const work = join(cwd, "data/tinysol/.irec-pull");
  const part = join(work, "TinySOL_metadata.csv.part");
  await vi.waitFor(() => expect(statSync(part).size).toBe(60_000), { timeout: 20_000 });
  child.kill("SIGINT");
  expect((await ended).status).toBe(EXIT_CODES.interrupted.code);
  expect(readdirSync(work).sort()).toEqual(["TinySOL_metadata.csv.part", "TinySOL_metadata.csv.part.json"]);
  expect(readdirSync(join(work, ".."))).toEqual([".irec-pull"]);
  server.files.set("/tinysol/TinySOL_metadata.csv", content);
  await irec.run(args, { cwd, env });
  expect(server.asked.map(({ range }) => range)).toEqual([undefined, "bytes=60000-"]);
});

it("irec datasets pull ends at once when it has all, and prints it as JSON", async () => {
  const { cwd, env } = machine();
  const folder = writeTinysol(join(cwd, "data/tinysol"));
  const { status, stdout } = await irec.run(["datasets", "pull", "tinysol", "--json"], { cwd, env });
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    folder,
    files: [
      { key: "annotations", path: join(folder, "annotation/TinySOL_metadata.csv"), found: true },
      { key: "audio", path: join(folder, "audio"), found: true },
    ],
  });
});

it("irec datasets verify prints each finding, and its exit code says whether something is wrong", async () => {
  const { cwd, env } = machine();
  const folder = writeTinysol(join(cwd, "data/tinysol"));
  const { status, stdout, stderr } = await irec.run(["datasets", "verify", "tinysol"], { cwd, env });
  expect([status, stderr]).toEqual([EXIT_CODES.input.code, ""]);
  expect(stdout.startsWith(`${folder}\nWRONG  annotation/TinySOL_metadata.csv  has the md5 `)).toBe(true);
  expect(stdout).toContain("\n?      audio                            not unpacked by irec: ");
  expect(stdout).toContain("\nok     sound files                      none is empty or cut\n");
  expect(stdout).toMatch(/\n {2}Bass Tuba {2}2\n {2}Flute {6}2\n {2}Violin {5}2\n\nSomething is wrong; see above\.\n$/);
  const absent = await irec.run(["datasets", "verify", "irmas"], { cwd, env });
  expect(absent.status).toBe(EXIT_CODES.input.code);
  expect(paragraph(absent.stderr)).toContain('Fetch it with "irec datasets pull irmas"');
});

it("irec datasets clips writes a CSV that names every clip once, for a data set and for the study's folder", async () => {
  const { cwd, env } = machine();
  writeTinysol(join(cwd, "data/tinysol"));
  const flat = writeFlatTinysol(join(cwd, "study"));
  const { stdout } = await irec.run(["datasets", "clips", "tinysol"], { cwd, env });
  const lines = stdout.trimEnd().split("\n");
  expect(lines[0]).toBe("id,path,label,fold,instrument,technique,pitch,dynamics,string,tuning");
  expect(lines[1]).toBe(
    `BTb-ord-F#1-pp-N-N,${join(cwd, "data/tinysol/audio", TINYSOL_CLIPS[0][0])},Bass Tuba,0,BTb,ord,F#1,pp,N,N`,
  );
  expect(lines).toHaveLength(7);
  const args = ["datasets", "clips", "tinysol", "--path", flat, "--exclude-retuned", "--out", "clips.csv"];
  expect(await irec.run(args, { cwd, env })).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(readFileSync(join(cwd, "clips.csv"), "utf8").split("\n")).toHaveLength(4 + 2);
  put(join(cwd, "sounds/violin/a.wav"), "x");
  expect((await irec.run(["datasets", "clips", "sounds"], { cwd, env })).stdout).toBe(
    "id,path,label\nviolin/a,sounds/violin/a.wav,violin\n",
  );
});

it("irec datasets knows the sample that ships: where it is, what is in it, that it is whole, and that it is not fetched", async () => {
  const { cwd, env } = machine();
  const info = await irec.run(["datasets", "info", "sample"], { cwd, env });
  expect(info.stdout).toContain("\nlicence   MIT, https://opensource.org/license/mit\n");
  expect(info.stdout).toContain("\nIt ships with irec.\n");
  const verified = await irec.run(["datasets", "verify", "sample", "--quiet"], { cwd, env });
  expect([verified.status, verified.stderr]).toEqual([0, ""]);
  expect(verified.stdout).toContain("all 246 are here");
  const clips = await irec.run(["datasets", "clips", "sample"], { cwd, env });
  const [header, first] = clips.stdout.split("\n");
  expect(header).toBe("id,path,label,fold,instrument,technique,pitch,dynamics,string,tuning");
  expect(first).toMatch(
    /^BTb-ord-F#1-pp-N-N,.*\/Bass_Tuba\/ordinario\/BTb-ord-F#1-pp-N-N\.opus,Bass Tuba,2,BTb,ord,F#1,pp,N,N$/,
  );
  const pulled = await irec.run(["datasets", "pull", "sample", "--quiet"], { cwd, env });
  expect([pulled.status, paragraph(pulled.stderr)]).toEqual([
    2,
    "irec sample ships with irec; there is nothing to fetch.",
  ]);
  const split = await irec.run(["datasets", "clips", "sample", "--split", "test"], { cwd, env });
  expect(paragraph(split.stderr)).toBe("--split: irec sample has no official splits.");
});
