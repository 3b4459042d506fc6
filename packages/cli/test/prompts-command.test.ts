import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { byteLevelBpe, clipBpe } from "@irec/encoders";
import { expect, it } from "vitest";
import { EXIT_CODES } from "../src/errors.ts";
import { irecProcess } from "./irec-process.ts";
import { paragraph } from "./one-paragraph.ts";
import { put, temporaryFolders } from "./temp-folder.ts";

const irec = irecProcess();
const newFolder = temporaryFolders();

it("irec prompts list has a line for each set; its JSON is a prompt file without faults", async () => {
  const cwd = newFolder();
  const { status, stdout, stderr } = await irec.run(["prompts", "list"], { cwd });
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^muscall_prompt +14 labels {2}A bass tuba track {2}\[the study, arXiv 2407\.18058\]\n/);
  expect(stdout).toMatch(/\nfollow_up_ensemble +14 labels {2}The sound of bass tuba \(and 8 more\)/);
  put(join(cwd, "all.json"), (await irec.run(["prompts", "list", "--json"], { cwd })).stdout);
  const lint = await irec.run(["prompts", "lint", "all.json"], { cwd });
  expect(lint.status).toBe(0);
  expect(lint.stdout).toMatch(/^\d+ prompts in \d+ sets: nothing is wrong\.\nTokens were not counted: --tokenizer DIR/);
});

it("irec prompts show prints label and prompt, of other labels when told", async () => {
  const cwd = newFolder();
  const { stdout } = await irec.run(["prompts", "show", "this_is_a_recording_of", "--labels", "kazoo,jaw harp"], {
    cwd,
  });
  expect(stdout).toBe("kazoo     This is a recording of kazoo\njaw harp  This is a recording of jaw harp\n");
  const seeds = await Promise.all(
    ["0", "1"].map((seed) => irec.run(["prompts", "show", "label_random_context", "--seed", seed], { cwd })),
  );
  expect(seeds[0]!.stdout).not.toBe(seeds[1]!.stdout);
  const wrong = await irec.run(["prompts", "show", "muscall"], { cwd });
  expect(wrong.status).toBe(EXIT_CODES.usage.code);
  expect(paragraph(wrong.stderr)).toContain('there is no prompt set "muscall"');
});

it("irec prompts lint names set, label and fault, and its exit code says so", async () => {
  const cwd = newFolder();
  const prompts = { violin: "a violin, not a tuba", tuba: " " };
  put(join(cwd, "mine.json"), JSON.stringify({ schemaVersion: 1, promptSets: { mine: { prompts } } }));
  const { status, stdout } = await irec.run(["prompts", "lint", "mine.json"], { cwd });
  expect(status).toBe(EXIT_CODES.input.code);
  expect(stdout.split("\n").slice(0, 3)).toEqual([
    'mine, "violin": rival: "a violin, not a tuba" names "tuba".',
    'mine, "tuba": empty: " " is empty.',
    "2 prompts in 1 set: 2 faults.",
  ]);
  const json = JSON.parse((await irec.run(["prompts", "lint", "mine.json", "--json"], { cwd })).stdout);
  expect(json[0]).toEqual({
    promptSet: "mine",
    label: "violin",
    prompt: "a violin, not a tuba",
    kind: "rival",
    message: 'names "tuba"',
  });
  const seed = await irec.run(["prompts", "lint", "mine.json", "--seed", "3"], { cwd });
  expect(seed.status).toBe(EXIT_CODES.usage.code);
  expect((await irec.run(["prompts", "lint", "none.json"], { cwd })).status).toBe(EXIT_CODES.input.code);
});

it("irec prompts lint counts the tokens that are lost, as RoBERTa and CLIP do", async () => {
  const cwd = newFolder();
  const prompt = "A track of many instruments, which goes on and on and on. ".repeat(8).trim();
  put(
    join(cwd, "mine.json"),
    JSON.stringify({ schemaVersion: 1, promptSets: { mine: { prompts: { violin: prompt } } } }),
  );
  for (const [kind, tokenizerOf] of [
    ["roberta", byteLevelBpe],
    ["clip", clipBpe],
  ] as const) {
    const [vocab, merges] = [`${kind}-vocab.json`, `${kind}-merges.txt`].map((name) =>
      readFileSync(fileURLToPath(new URL(`../../encoders/test/text/goldens/${name}`, import.meta.url)), "utf8"),
    );
    put(join(cwd, kind, "vocab.json"), vocab!);
    put(join(cwd, kind, "merges.txt"), merges!);
    const tokens = tokenizerOf({ vocab: vocab!, merges: merges! }).tokenize(prompt).length;
    const { status, stdout } = await irec.run(["prompts", "lint", "mine.json", "--tokenizer", kind], { cwd });
    expect(status).toBe(EXIT_CODES.input.code);
    expect(stdout).toContain(
      `loses ${tokens - 75} of its ${tokens} tokens: 75 are read.\n1 prompt in 1 set: 1 fault.\n`,
    );
    const room = ["--context-length", String(tokens + 2)];
    const enough = await irec.run(["prompts", "lint", "mine.json", "--tokenizer", kind, ...room], { cwd });
    expect([enough.status, enough.stdout]).toEqual([0, "1 prompt in 1 set: nothing is wrong.\n"]);
  }
  const none = await irec.run(["prompts", "lint", "mine.json", "--tokenizer", "."], { cwd });
  expect(none.status).toBe(EXIT_CODES.input.code);
  expect(paragraph(none.stderr)).toContain("has neither vocab.json and merges.txt nor tokenizer.json");
});
