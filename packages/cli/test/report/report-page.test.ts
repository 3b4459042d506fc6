import { statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { taxonomyFromRows } from "@irec/ontology";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Browser, chromium, needsChromium, startChromium } from "../../../../test/chromium.ts";
import { writeReport } from "../../src/report/write-report.ts";
import { randomRows, writeOneHot, writeStore } from "../small-store.ts";
import { writeSyntheticStore } from "../synthetic-store.ts";
import { put, temporaryFolders } from "../temp-folder.ts";
import { DrivenPage, type View } from "./page-driver.ts";
import { pageFaults } from "./page-faults.ts";
import { type RunWithReport, runWithReport } from "./run-with-report.ts";

const folders = temporaryFolders();

describe.skipIf(chromium === undefined)(`report.html in Chromium${needsChromium}`, { timeout: 60_000 }, () => {
  let browser: Browser;
  let run: RunWithReport;
  let driven: DrivenPage | undefined;

  beforeAll(async () => {
    const folder = folders();
    run = await runWithReport(join(folder, "run"), writeSyntheticStore(folder));
    browser = await startChromium();
  }, 120_000);
  afterAll(() => browser?.close());
  afterEach(async () => {
    if (driven === undefined) return;
    expect(driven.page.console).toEqual([]);
    // The page asked for itself, and for nothing else.
    const asked = driven.page.requests.filter((url) => !url.startsWith("data:") && url !== "about:blank");
    expect(asked.filter((url) => !url.startsWith("file://") || !url.endsWith("report.html"))).toEqual([]);
    await driven.page.close();
    driven = undefined;
  });

  const open = async (hash = "", view: View = {}, page = run.page) => {
    driven = await DrivenPage.open(browser, `${pathToFileURL(page)}${hash}`, view);
    return driven;
  };
  const tripletRow = (model: string, promptSet: string, space: string, rule: string) =>
    run.results.experiments.triplets!.find(
      (row) => row.model === model && row.promptSet === promptSet && row.space === space && row.rule === rule,
    )!;

  it("opens from disk, small, with its sections, and says that synthetic numbers are none", async () => {
    const page = await open();
    expect(await page.texts("h2")).toEqual(["Summary", "Explore", "Tables", "How it was made"]);
    expect(await page.text(".warning")).toMatch(/^Synthetic embeddings/);
    expect(statSync(run.page).size).toBeLessThan(1_500_000);
  });

  it("counts the triplets of every rule as the run did, by model, space and rule", async () => {
    const page = await open();
    const expectCount = async (model: string, promptSet: string, space: string, rule: string) => {
      const { triplets, correct, ties } = tripletRow(model, promptSet, space, rule);
      const share = ((100 * correct) / triplets).toFixed(1);
      expect((await page.text("#triplet-count")).replace(/\u00a0/g, " ")).toBe(
        `${triplets} of ${triplets} triplets: ${correct} right (${share} %), ${ties} ties.`,
      );
    };
    await expectCount("synthetic-good", "muscall_prompt", "joint_space", "lca");
    await page.click("#rule label:has([value='published-2024'])");
    await expectCount("synthetic-good", "muscall_prompt", "joint_space", "published-2024");
    await page.press("ArrowRight", "ArrowRight");
    await expectCount("synthetic-good", "muscall_prompt", "joint_space", "path");
    await page.focus("#space :checked");
    await page.press("ArrowLeft");
    await expectCount("synthetic-good", "muscall_prompt", "pre_joint", "path");
    await page.focus("#model");
    await page.press("ArrowDown");
    await expectCount("synthetic-weak-text", "muscall_prompt", "pre_joint", "path");
    expect(await page.hash()).toEqual({ model: "synthetic-weak-text", space: "pre_joint", rule: "path" });
  });

  it("opens with the view that its address holds, and ignores what the run does not have", async () => {
    const page = await open("#model=synthetic-weak-text&rule=wu-palmer&outcome=wrong&space=nowhere&clip=none");
    const { triplets, correct } = tripletRow("synthetic-weak-text", "muscall_prompt", "joint_space", "wu-palmer");
    expect(await page.text("#triplet-count")).toContain(`${triplets - correct} of ${triplets} triplets: 0 right`);
    expect(await page.attribute("#clip-details", "data-empty")).toBe("");
  });

  it("shows a node's triplets and worst confusions, by mouse and by keys", async () => {
    const page = await open();
    const node = tripletRow("synthetic-good", "muscall_prompt", "joint_space", "lca").perNode.find(
      ({ label }) => label === "bowed string instruments",
    )!;
    const item = `[role=treeitem][aria-label^='${node.label},']`;
    await page.click(`${item} .words`);
    expect(await page.text("#node-details h4")).toBe(node.label);
    expect(await page.text("#node-details")).toContain(`${node.correct} of ${node.triplets} right`);
    expect(await page.text("#node-details")).toMatch(/Worst confusions\n.+ taken for .+: \d+ of \d+ \(/);
    expect(await page.text("#triplet-count")).toContain(`${node.triplets} of `);
    expect(await page.attribute(item, "aria-selected")).toBe("true");
    await page.press("ArrowDown", "Enter");
    const next = (await page.focused("aria-label"))!.split(",")[0];
    expect(await page.text("#node-details h4")).toBe(next);
    await page.press("Enter");
    expect(await page.text("#node-details")).toMatch(/^Choose a node/);
    await page.press("ArrowLeft", "ArrowLeft");
    expect(await page.focused("aria-expanded")).toBe("false");
    const closed = (await page.texts("[role=treeitem]")).length;
    await page.press("ArrowRight");
    expect((await page.texts("[role=treeitem]")).length).toBeGreaterThan(closed);
    await page.press("End");
    expect(
      await page.page.evaluate("document.activeElement === document.querySelector('#tree').lastElementChild"),
    ).toBe(true);
  });

  it("says what a cell of the confusion matrix counts, under the pointer and under the keys, and opens its clips", async () => {
    const page = await open();
    await page.hover("#confusion-matrix td:nth-of-type(2)");
    const said = await page.attribute("#confusion-matrix td:nth-of-type(2)", "aria-label");
    expect(said).toMatch(/ taken for .+: \d+ of 40 clips \(/);
    expect([await page.text("#tip"), await page.text("#confusion-readout")]).toEqual([said, said]);
    await page.focus("#confusion-matrix td");
    await page.press("ArrowRight", "ArrowDown", "ArrowLeft");
    const [truth, taken] = [await page.focused("data-truth"), await page.focused("data-taken")];
    expect(await page.text("#confusion-readout")).toMatch(new RegExp(`^${truth} taken for ${taken}: `));
    await page.press("Enter");
    expect(await page.hash()).toEqual({ truth, taken });
    const shown = await page.text("#confusion-readout");
    expect(await page.text("#clip-count")).toMatch(new RegExp(`^${/: (\d+) of/.exec(shown)![1]} of 560 clips`));
  });

  it("finds triplets by words and outcome, and puts the worst first", async () => {
    const page = await open();
    await page.click("#triplet");
    await page.type("violin flute");
    await page.click("#outcome label:has([value=wrong])");
    await page.focus("#order");
    await page.press("ArrowDown");
    await page.until("document.querySelector('#triplet-rows [role=row]')");
    const rows = await page.texts("#triplet-rows .virtual-inner [role=row]");
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row).toMatch(/violin/);
    for (const row of rows) expect(row).toMatch(/flute/);
    for (const row of rows) expect(row).toMatch(/wrong$/);
    const differences = rows.map((row) => Number(row.split("\n")[5]!.replace("\u2212", "-")));
    expect(differences).toEqual([...differences].sort((a, b) => a - b));
    expect(await page.hash()).toEqual({ triplet: "violin flute", outcome: "wrong", order: "worst" });
  });

  it("browses clips by keys: what each was taken for, and its similarity to every prompt", async () => {
    const page = await open("#sort=least");
    const zeroShot = run.results.experiments["zero-shot"]![0]!;
    const right = Math.round(zeroShot.topK[0]! * zeroShot.clips);
    expect(await page.text("#clip-count")).toContain(`560 of 560 clips: ${right} right`);
    await page.focus("#clip-rows");
    await page.press("Home", "ArrowDown");
    expect(await page.attribute("#clip-rows", "aria-activedescendant")).toBe("clip-1");
    expect(await page.attribute("#clip-1", "aria-selected")).toBe("true");
    expect(await page.attribute("#clip-1", "aria-label")).toMatch(/ taken for .+, margin \u2212/);
    expect((await page.texts("#clip-details .bars tbody tr")).length).toBe(14);
    await page.press("End");
    expect(await page.attribute("#clip-rows", "aria-activedescendant")).toBe("clip-559");
    await page.click("#clip-details summary");
    expect(await page.texts("#clip-details .plain-table thead th")).toEqual(["label", ...run.data.promptSets]);
    await page.click("#find");
    await page.type("no such clip");
    expect(await page.text("#clip-count")).toBe("0 of 560 clips.");
  });

  it("follows the system's colours until the reader chooses", async () => {
    const page = await open("", { scheme: "dark" });
    const background = () => page.page.evaluate<string>("getComputedStyle(document.documentElement).backgroundColor");
    const dark = await background();
    await page.click("#theme");
    expect(await background()).not.toBe(dark);
    expect(await page.hash()).toEqual({ theme: "light" });
    await page.focus("#theme");
    await page.press("Enter");
    expect(await background()).toBe(dark);
  });

  it.each(["light", "dark"] as const)(
    "can be read and used without a mouse or good eyes, in %s colours",
    async (scheme) => {
      const clip = run.data.clips!.ids[7]!;
      const node = encodeURIComponent(run.data.ontology.nodes[2]!.id);
      const page = await open(`#node=${node}&clip=${clip}`, { scheme });
      await page.page.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true; })");
      expect(await page.page.evaluate(pageFaults)).toEqual([]);
      await page.picture(`wide-${scheme}`);
    },
  );

  it("fits a narrow window, and paper without what cannot be used there", async () => {
    const page = await open("", { width: 400, scheme: "dark" });
    const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    expect(await page.page.evaluate(overflow)).toBe(0);
    expect(await page.page.evaluate(pageFaults)).toEqual([]);
    await page.picture("narrow-dark");
    await page.media("dark", "print");
    expect(await page.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")).toBe(
      "rgb(255, 255, 255)",
    );
    for (const id of ["toolbar", "theme", "triplets", "clips"])
      expect(await page.page.evaluate(`document.querySelector("#${id}").checkVisibility()`), id).toBe(false);
    expect(await page.page.evaluate("document.querySelector('#tables').checkVisibility()")).toBe(true);
  });

  it("shows labels that are HTML as the text that they are", async () => {
    const folder = folders();
    const evil = (name: string) => `${name}</script><img src=x onerror="window.obeyed=1">\u2028<!--${name}`;
    const labels = ["a", "b", "c", "d"].map(evil);
    const rows = { pre: randomRows(1, 4, 6), joint: randomRows(2, 4, 6), audio: randomRows(3, 12, 6) };
    const set = "p<img src=x onerror=window.obeyed=2>";
    const model = "m<svg onload=window.obeyed=3>";
    const embeddings = writeStore(folder, {
      [model]: {
        arrays: {
          "audio/joint_space/set": rows.audio,
          [`text/joint_space/${set}`]: rows.joint,
          [`text/pre_joint/${set}`]: rows.pre,
        },
      },
    });
    const quotedLabels = labels.map((label) => `"${label.replaceAll('"', '""')}"`);
    const groundTruth = writeOneHot(
      folder,
      quotedLabels,
      [...Array(12).keys()].map((i) => i % 4),
    );
    const ontology = taxonomyFromRows(
      [
        { id: "root", name: evil("root") },
        { id: "left", parent: "root", name: evil("left") },
        ...labels.map((name, i) => ({ id: `n${i}`, parent: i < 2 ? "left" : "root", name })),
      ],
      { name: evil("ontology"), source: "a test" },
    );
    const hostile = await runWithReport(join(folder, "run"), { embeddings, groundTruth, ontology });
    const drawn =
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="parent.obeyed=4"><title>"></title>';
    put(
      join(hostile.folder, "figures", 'f" onerror="window.obeyed=5.svg'),
      `${drawn}<script>parent.obeyed=6</script></svg>`,
    );
    await writeReport(hostile.folder);
    const page = await open("", {}, hostile.page);
    await page.click("[role=treeitem]:nth-child(2) .words");
    // The tree is that of the ontology, which irec does not carry: a and b under left, with their triplets.
    expect(
      await page.page.evaluate("[...document.querySelectorAll('[role=treeitem]')].map((e) => e.ariaLevel)"),
    ).toEqual(["1", "2", "3", "3", "2", "2"]);
    expect(await page.text("#triplet-count")).toMatch(/^4 of 4 triplets/);
    await page.focus("#confusion-matrix td");
    await page.press("ArrowRight", "Enter");
    await page.focus("#clip-rows");
    await page.press("ArrowDown");
    expect(
      await page.page.evaluate(
        "[window.obeyed ?? null, document.querySelectorAll('main img, main svg, main script').length, document.images[0].naturalWidth]",
      ),
    ).toEqual([null, 1, 9]);
    expect(await page.text("#confusion-matrix tbody th")).toContain('</script><img src=x onerror="window.obeyed=1">');
  });
});
