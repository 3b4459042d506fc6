import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { goldenValues, goldenWave, meta } from "../packages/encoders/test/models/clap-goldens.ts";
import { type Browser, chromium, needsChromium, type Page, startChromium } from "./chromium.ts";
import { floatWav, tinyClap } from "./golden-clap.ts";
import { type PageServer, servePages } from "./page-server.ts";
import { succeed } from "./run.ts";

const workspace = fileURLToPath(new URL("..", import.meta.url));

it("examples/node prints the triplet accuracy of a spelling model", async () => {
  // 379 of 686 and the 4 ties: counted in Python with exact fractions from the letters of "A {label} track".
  const printed = await succeed("npm", ["start", "--silent", "--workspace=examples/node"], { cwd: workspace });
  expect(printed).toBe(
    "686 triplets of 14 instruments, 4 tied\n" +
      "accuracy 0.552 [0.460, 0.636], mean over anchors 0.563; chance is 0.5\n",
  );
});

const folder = join(workspace, "examples/browser");

beforeAll(async () => {
  await succeed("npm", ["run", "build", "--silent", "--workspace=examples/browser"], { cwd: workspace });
});

describe("examples/browser/index.html", () => {
  const page = readFileSync(join(folder, "index.html"), "utf8");

  /** The page's elements, as far as its script uses them, and the script run on them. */
  function open() {
    const elements = new Map(
      [...page.matchAll(/ id="(\w+)"/g)].map(([, id]) => {
        const listeners: (() => void)[] = [];
        const addEventListener = (_type: string, listener: () => void) => listeners.push(listener);
        return [id!, { value: "", textContent: "", innerHTML: "", listeners, addEventListener }];
      }),
    );
    elements.get("rule")!.value = /<option value="([\w-]+)"/.exec(page)![1]!;
    runInNewContext(readFileSync(join(folder, "dist/main.js"), "utf8"), {
      document: { getElementById: (id: string) => elements.get(id) },
    });
    const paste = (vectors: string) => {
      elements.get("vectors")!.value = vectors;
      for (const listener of elements.get("vectors")!.listeners) listener();
      return elements.get("result")!.textContent;
    };
    return { elements, paste };
  }

  it("loads the script that its build makes", () => {
    expect(page).toContain('src="dist/main.js"');
  });

  it("lists the instruments to embed", () => {
    expect(open().elements.get("terms")!.innerHTML).toMatch(
      /^<li>tuba<\/li><li>French horn<\/li>.*<li>saxophone<\/li>$/,
    );
  });

  it("scores pasted vectors", () => {
    // Brass and accordion, strings, woodwind on three axes: 408 triplets are right and 258 tied, counted in exact fractions.
    const family = [0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2].map((axis) => [0, 1, 2].map((i) => Number(i === axis)));
    expect(open().paste(family.map((row) => row.join(", ")).join("\n"))).toMatch(
      /^59\.5 % of 686 triplets are right \(95 % interval \d/,
    );
  });

  it("says what is wrong with what was pasted", () => {
    const { paste } = open();
    expect(paste("1 2 3\n4 5 6")).toBe("2 lines; expected 14");
    expect(paste(`${"1 2\n".repeat(13)}1 2 3`)).toBe("line 14 has 3 numbers, the first line 2");
    expect(paste("0 0\n".repeat(14))).toMatch(/row 0/);
    expect(paste("")).toBe("");
  });
});

describe.skipIf(chromium === undefined)(`examples/browser/embed.html in Chromium${needsChromium}`, () => {
  let server: PageServer;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    const own = ["embed.html", ...readdirSync(join(folder, "dist")).map((name) => `dist/${name}`)];
    const given = Object.entries(tinyClap.files).map(([name, path]) => [`/given/${name}`, join(workspace, path)]);
    const paths = [...own.map((path) => [`/${path}`, join(folder, path)]), ...given];
    server = await servePages(
      new Map([
        ...paths.map(([address, path]): [string, Uint8Array] => [address!, readFileSync(path!)]),
        ["/given/exact.wav", floatWav(goldenWave(meta.models.tiny.clips.exact), 48_000)],
        ["/given/long.wav", floatWav(goldenWave(meta.models.tiny.clips.long), 48_000)],
      ]),
    );
    browser = await startChromium();
    page = await browser.open(`${server.origin}/embed.html`);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  /** Fills the form in as a user does who chooses files, and returns what the page says once it has finished. */
  const submit = (model: readonly string[], sounds: readonly string[], texts: readonly string[]) =>
    page.evaluate<string>(`(async () => {
      const choose = async (id, names) => {
        const chosen = new DataTransfer();
        for (const name of names) chosen.items.add(new File([await (await fetch("given/" + name)).blob()], name));
        document.getElementById(id).files = chosen.files;
      };
      await choose("model", ${JSON.stringify(model)});
      await choose("sounds", ${JSON.stringify(sounds)});
      document.getElementById("texts").value = ${JSON.stringify(texts.join("\n"))};
      document.getElementById("settings").value = ${JSON.stringify(JSON.stringify(tinyClap.options))};
      const result = document.getElementById("result");
      result.textContent = "";
      const said = new Promise((resolve) => {
        new MutationObserver(() => {
          if (/: /.test(result.textContent)) resolve(result.textContent);
        }).observe(result, { childList: true });
      });
      document.querySelector("button").click();
      return await said;
    })()`);

  it("says how similar sounds and texts are", async () => {
    const golden = await goldenValues("tiny");
    const text = golden.read("text.joint");
    const lines = ["exact", "long"].flatMap((clip) =>
      [0, 1].map((k) => {
        const values = golden.read(`${clip}.joint`);
        const cosine = values.reduce((sum, value, i) => sum + value * text[k * values.length + i]!, 0);
        return `${clip}.wav, ${meta.texts[k]}: ${cosine.toFixed(4)}`;
      }),
    );
    const said = await submit(Object.keys(tinyClap.files), ["exact.wav", "long.wav"], meta.texts.slice(0, 2));
    expect(said).toBe(lines.join("\n"));
    expect(page.console).toEqual([]);
  });

  it("says what is wrong with what was chosen", async () => {
    expect(await submit(["tiny.pt", "vocab.json"], ["exact.wav"], ["x"])).toMatch(/^\w+Error: .*merges\.txt/);
    expect(await submit(Object.keys(tinyClap.files), ["vocab.json"], ["x"])).toMatch(
      /^AudioFormatError: vocab\.json: is no WAV/,
    );
  });
});
