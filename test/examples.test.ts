import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { beforeAll, describe, expect, it } from "vitest";
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

describe("examples/browser", () => {
  const folder = join(workspace, "examples/browser");
  const page = readFileSync(join(folder, "index.html"), "utf8");
  let script: string;

  beforeAll(async () => {
    await succeed("npm", ["run", "build", "--silent", "--workspace=examples/browser"], { cwd: workspace });
    script = readFileSync(join(folder, "dist/main.js"), "utf8");
  });

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
    runInNewContext(script, { document: { getElementById: (id: string) => elements.get(id) } });
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
