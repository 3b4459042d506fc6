import { byId, choiceRow, element, searchBox, selectBox, showChoice } from "./dom.ts";
import { grouped, percent, similarity } from "./numbers.ts";
import { tripletsAt } from "./ontology-part.ts";
import { outcomeOf, type Run, type ScoredTriplet } from "./run.ts";
import type { State, Store } from "./state.ts";
import { VirtualRows } from "./virtual-rows.ts";

const OUTCOMES = { right: "right", wrong: "wrong", tie: "tie", unknown: "not known" } as const;
const MARKS = { right: "✓", wrong: "✕", tie: "=", unknown: "?" } as const;

/** All triplets of the rule that is chosen, with search and filters. */
export function showTriplets(run: Run, store: Store): void {
  if (run.data.triplets.length === 0) return;
  byId("triplet-tools").append(
    searchBox("triplet", "Search labels", (triplet) => store.set({ triplet })),
    choiceRow(
      "outcome",
      "Outcome",
      [
        ["all", "all"],
        ["right", "right"],
        ["wrong", "wrong"],
        ["tie", "ties"],
      ],
      (outcome) => store.set({ outcome }),
    ),
    selectBox(
      "order",
      "Order",
      [
        ["listed", "as listed"],
        ["worst", "furthest from right first"],
        ["best", "clearest right first"],
      ],
      (order) => store.set({ order }),
    ),
  );
  const chip = element("button", { type: "button", class: "chip" });
  chip.addEventListener("click", () => store.set({ node: "" }));
  byId("triplet-filter").append(chip);
  const frame = byId("triplet-rows");
  let shown: readonly ScoredTriplet[] = [];
  const rows = new VirtualRows(frame, "rowgroup", (row) => tripletRow(run, shown[row]!, row));
  store.follow((state, changed) => {
    const keys = ["model", "prompts", "space", "rule", "node", "triplet", "outcome", "order"] as const;
    if (!keys.some((key) => changed.has(key))) return;
    const search = byId<HTMLInputElement>("triplet");
    if (search.value !== state.triplet) search.value = state.triplet;
    showChoice("outcome", state.outcome);
    byId<HTMLSelectElement>("order").value = state.order;
    const node = run.data.ontology.nodes.find(({ id }) => id === state.node);
    chip.hidden = node === undefined;
    chip.textContent = node === undefined ? "" : `only ${node.label} ✕`;
    chip.setAttribute("aria-label", node === undefined ? "" : `Show all triplets, not only those of ${node.label}`);
    const entry = run.entry(state);
    const all = entry && run.triplets(entry);
    shown = all === undefined ? [] : chosen(run, state, all);
    byId("triplet-table").setAttribute("aria-rowcount", String(shown.length + 1));
    rows.reset(shown.length);
    byId("triplet-count").textContent = countText(run, state, all, shown);
  });
}

function chosen(run: Run, state: State, all: readonly ScoredTriplet[]): readonly ScoredTriplet[] {
  const place = run.data.ontology.nodes.findIndex(({ id }) => id === state.node);
  const words = state.triplet.toLowerCase().split(/\s+/).filter(Boolean);
  const labels = run.data.labels.map((label) => label.toLowerCase());
  const found = (place < 0 ? all : tripletsAt(run, place, all)).filter((triplet) => {
    if (state.outcome !== "all" && outcomeOf(triplet) !== state.outcome) return false;
    return words.every((word) =>
      [triplet.anchor, triplet.positive, triplet.negative].some((label) => labels[label]!.includes(word)),
    );
  });
  if (state.order === "listed") return found;
  const sign = state.order === "worst" ? 1 : -1;
  return found.toSorted((a, b) => sign * (a.near - a.far - (b.near - b.far)));
}

function countText(
  run: Run,
  state: State,
  all: readonly ScoredTriplet[] | undefined,
  shown: readonly ScoredTriplet[],
): string {
  const entry = run.entry(state);
  if (entry === undefined) return "The run has no triplets for this choice.";
  if (all === undefined) return "The triplets of this choice are not in the page.";
  const right = shown.filter((triplet) => outcomeOf(triplet) === "right").length;
  const ties = shown.filter((triplet) => outcomeOf(triplet) === "tie").length;
  const { step, total } = run.data.tripletLists[entry.list!]!;
  const part = step === 1 ? "" : ` The page has one in ${step} of ${grouped(total)}.`;
  if (entry.similarities === null)
    return `${grouped(shown.length)} of ${grouped(all.length)} triplets; their similarities are not in the page.${part}`;
  const share = shown.length === 0 ? "" : ` (${percent(right / shown.length)})`;
  return `${grouped(shown.length)} of ${grouped(all.length)} triplets: ${grouped(right)} right${share}, ${grouped(ties)} ties.${part}`;
}

function tripletRow(run: Run, triplet: ScoredTriplet, row: number): HTMLElement {
  const outcome = outcomeOf(triplet);
  const cell = (className: string, ...content: (Node | string)[]) =>
    element("span", { role: "cell", class: className }, ...content);
  const isKnown = outcome !== "unknown";
  return element(
    "div",
    { role: "row", class: `row ${outcome}`, "aria-rowindex": row + 2 },
    cell("anchor", run.label(triplet.anchor)),
    cell("positive", run.label(triplet.positive)),
    cell("number", isKnown ? similarity(triplet.near) : ""),
    cell("negative", run.label(triplet.negative)),
    cell("number", isKnown ? similarity(triplet.far) : ""),
    cell("number difference", isKnown ? similarity(triplet.near - triplet.far) : ""),
    cell("outcome", element("span", { class: "mark", "aria-hidden": "true" }, MARKS[outcome]), OUTCOMES[outcome]),
  );
}
