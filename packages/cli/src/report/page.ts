import { createHash } from "node:crypto";
import type { Results } from "../results/results.ts";
import { mainTables } from "../results/tables.ts";
import { clientScript, clientStyle } from "./client.bundle.ts";
import { escapeHtml, scriptJson, tableHtml } from "./html.ts";
import type { ReportData } from "./report-data.ts";
import type { RunFigure } from "./run-figures.ts";
import { summarySentences } from "./summary-sentences.ts";
import { grouped, listed } from "./wording.ts";

/** What a page is made of. */
export interface PageParts {
  readonly results: Results;
  readonly data: ReportData;
  readonly figures: readonly RunFigure[];
  /** Names of figures that had no room. */
  readonly figuresLeftOut: readonly string[];
}

/**
 * The page of a run: one HTML file that asks for nothing, works from disk, and whose policy lets nothing run but its own
 * script. Figures are images, so that nothing in them runs either.
 */
export function reportPage(parts: PageParts): string {
  const { results, data } = parts;
  const title = titleOf(results);
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(clientScript)}'`,
    `style-src '${hashOf(clientStyle)}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const sections = sectionsOf(parts).filter(({ html }) => html !== "");
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escapeHtml(title)} · irec</title>`,
    '<link rel="icon" href="data:,">',
    `<style>${clientStyle}</style>`,
    "</head>",
    "<body>",
    '<a class="skip" href="#summary">Skip to the summary</a>',
    '<header class="masthead">',
    '<div class="topline"><span class="brand">irec</span><div id="page-tools"></div></div>',
    `<h1>${escapeHtml(title)}</h1>`,
    results.synthetic
      ? '<p class="warning">Synthetic embeddings, drawn from a seeded generator: these numbers describe no real model.</p>'
      : "",
    `<nav aria-label="Sections"><ul>${sections.map(({ id, heading }) => `<li><a href="#${id}">${heading}</a></li>`).join("")}</ul></nav>`,
    "</header>",
    "<main>",
    ...sections.map(
      ({ id, heading, html }) =>
        `<section id="${id}" aria-labelledby="${id}-heading"><h2 id="${id}-heading">${heading}</h2>${html}</section>`,
    ),
    "</main>",
    '<div id="tip" aria-hidden="true" hidden></div>',
    `<script type="application/json" id="data">${scriptJson(data)}</script>`,
    `<script>${clientScript}</script>`,
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

const hashOf = (text: string): string => `sha256-${createHash("sha256").update(text).digest("base64")}`;

function titleOf({ models, dataset }: Results): string {
  const names = models.length > 3 ? `${models.length} models` : listed(models);
  return dataset?.name == null ? names : `${names} on ${dataset.name}`;
}

interface Section {
  readonly id: string;
  readonly heading: string;
  readonly html: string;
}

function sectionsOf({ results, data, figures, figuresLeftOut }: PageParts): readonly Section[] {
  return [
    { id: "summary", heading: "Summary", html: summaryHtml(results) },
    { id: "explore", heading: "Explore", html: exploreHtml(data) },
    { id: "figures", heading: "Figures", html: figuresHtml(figures, figuresLeftOut) },
    { id: "tables", heading: "Tables", html: mainTables(results).map(tableHtml).join("\n") },
    { id: "made", heading: "How it was made", html: provenanceHtml(results) },
  ];
}

function summaryHtml(results: Results): string {
  const findings = summarySentences(results).map(
    ({ question, sentences }) =>
      `<div class="finding"><h3>${escapeHtml(question)}</h3><div>${sentences.map((text) => `<p>${escapeHtml(text)}</p>`).join("")}</div></div>`,
  );
  return findings.join("\n");
}

/** What the script fills. */
function exploreHtml({ labels, confusions, triplets, clips, ontology }: ReportData): string {
  if (labels.length === 0) return "";
  const shape = ontology.isTree
    ? ""
    : " The run folder does not say how its nodes hang together, so they are listed side by side.";
  const parts = [
    '<noscript><p class="warning">This part needs JavaScript; the summary, the figures and the tables do not.</p></noscript>',
    '<div id="toolbar" role="group" aria-label="What to look at"></div>',
    '<div class="part" id="ontology"><h3>Ontology</h3>',
    `<p class="note">At an instrument: the triplets that it is the anchor of. Above: the triplets whose anchor and positive meet there. Nodes with a single branch are left out. A bar that ends before the mark at 50\u00a0% is worse than a coin.${shape}</p>`,
    '<div class="split"><div><div class="tree-head" aria-hidden="true"><span>node</span><span>triplets right</span><span>clips recognised</span></div>',
    `<div id="tree" role="tree" aria-label="Ontology ${escapeHtml(ontology.name)}, with the share of triplets and clips that are right"></div></div>`,
    '<div id="node-details" class="details" role="region" aria-live="polite" aria-label="Details of the node"></div></div></div>',
  ];
  if (confusions.length > 0) {
    parts.push(
      '<div class="part" id="confusion"><h3>Confusion</h3><div id="confusion-tools" class="tools"></div>',
      '<div class="scroll" id="confusion-matrix"></div><p id="confusion-readout" class="readout"></p></div>',
    );
  }
  if (triplets.length > 0) {
    const head = ["anchor", "positive", "similarity", "negative", "similarity", "difference", "outcome"];
    const isNumber = (i: number) => [2, 4, 5].includes(i);
    parts.push(
      '<div class="part" id="triplets"><h3>Triplets</h3>',
      '<p class="note">Is the anchor’s prompt nearer to that of the positive, a nearer relative, than to that of the negative? A tie counts as wrong.</p>',
      '<div id="triplet-tools" class="tools"></div><div class="status"><p id="triplet-count" role="status"></p><div id="triplet-filter"></div></div>',
      '<div id="triplet-table" role="table" aria-label="Triplets"><div id="triplet-rows" class="virtual" tabindex="0" role="presentation" aria-label="Triplets, scrollable">',
      `<div role="rowgroup" class="virtual-head"><div role="row" class="row head" aria-rowindex="1">${head.map((name, i) => `<span role="columnheader"${isNumber(i) ? ' class="number"' : ""}>${name}</span>`).join("")}</div></div>`,
      "</div></div></div>",
    );
  }
  if (clips !== null) {
    parts.push(
      '<div class="part" id="clips"><h3>Clips</h3>',
      '<p class="note">Margin: similarity to the prompt of the clip’s own label, less the highest to another’s. Below zero the answer is wrong.</p>',
      '<div id="clip-tools" class="tools"></div><div class="status"><p id="clip-count" role="status"></p><div id="clip-filter"></div></div>',
      '<div class="split"><div id="clip-rows" class="virtual" role="listbox" tabindex="0" aria-label="Clips"></div>',
      '<div id="clip-details" class="details" role="region" aria-live="polite" aria-label="Details of the clip"></div></div></div>',
    );
  }
  return parts.join("\n");
}

function figuresHtml(figures: readonly RunFigure[], leftOut: readonly string[]): string {
  if (figures.length === 0) return "";
  const shown = figures.map(({ name, title, description, svg }) => {
    const data = name.replace(/\.svg$/, ".csv");
    return (
      `<figure><img src="${svgAddress(svg)}" alt="${escapeHtml(`${title}. ${description}`)}" ${sizeOf(svg)}decoding="async">` +
      `<figcaption>Data: <code>figures/${escapeHtml(data)}</code></figcaption></figure>`
    );
  });
  const rest =
    leftOut.length === 0
      ? ""
      : `<p class="note">Not in the page for lack of room: ${escapeHtml(leftOut.join(", "))}.</p>`;
  return `<div class="figures">${shown.join("\n")}</div>${rest}`;
}

/** Attributes for the size of an image, so that the page does not jump when it comes. */
function sizeOf(svg: string): string {
  const [, width, height] = /<svg[^>]*\swidth="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? [];
  return width === undefined ? "" : `width="${Math.round(Number(width))}" height="${Math.round(Number(height))}" `;
}

/** An image in the page itself; only what would end the attribute or the address is escaped, so that it stays small. */
const svgAddress = (svg: string): string =>
  `data:image/svg+xml,${svg.replace(/[%#"<>&'\n\r\t]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`)}`;

function provenanceHtml({ provenance, skipped, schemaVersion }: Results): string {
  const { command, packages, node, platform, bootstrap, inputs } = provenance;
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  const facts: readonly (readonly [string, string])[] = [
    ["Command", command.length === 0 ? "called from a program" : `irec ${command.join(" ")}`],
    ["Versions", `${versions.join(", ")}; Node ${node} on ${platform}; results ${schemaVersion}`],
    [
      "Intervals",
      `${grouped(bootstrap.draws)} bootstrap draws, seed ${bootstrap.seed}, level ${Number((100 * bootstrap.level).toFixed(1))}\u00a0%`,
    ],
  ];
  const list = facts.map(([term, text]) => `<dt>${term}</dt><dd>${escapeHtml(text)}</dd>`).join("");
  const reasons = skipped.map(({ experiment, model, space, promptSet, reason }) => {
    const where = [model, space, promptSet].filter((part) => part !== undefined).join(", ");
    return `<li>${escapeHtml(`${experiment} (${where}): ${reason}`)}</li>`;
  });
  const left =
    reasons.length === 0
      ? ""
      : `<details><summary>Left out (${grouped(reasons.length)})</summary><ul class="plain">${reasons.join("")}</ul></details>`;
  const files = inputs.map(
    ({ path, sha256 }) =>
      `<tr><th scope="row">${escapeHtml(path)}</th><td><code>${escapeHtml(sha256)}</code></td></tr>`,
  );
  const inputTable =
    `<details><summary>Input files (${grouped(files.length)})</summary><div class="scroll" role="region" tabindex="0" aria-label="Input files">` +
    `<table class="plain-table"><caption>Every file that was read</caption><thead><tr><th scope="col">file</th><th scope="col">sha256</th></tr></thead>` +
    `<tbody>${files.join("")}</tbody></table></div></details>`;
  return `<dl>${list}</dl>${left}${inputTable}`;
}
