import { byId, element, setAttributes } from "./dom.ts";
import { counted, grouped, percent, similarity } from "./numbers.ts";
import { outcomeOf, type Run, type ScoredTriplet } from "./run.ts";
import type { State, Store } from "./state.ts";

/** How many triplets and confusions the details show; the browsers have all. */
const MOST_TRIPLETS = 6;
const MOST_CONFUSIONS = 5;

/** Right, of all, and ties. */
interface Counts {
  readonly total: number;
  readonly right: number;
  readonly ties: number;
}

/** The ontology as a tree, with the share of triplets and of clips that are right at each node, and details of one node. */
export function showOntology(run: Run, store: Store): void {
  const { nodes } = run.data.ontology;
  if (run.data.labels.length === 0) return;
  const tree = byId("tree");
  const closed = new Set<number>();
  let cursor = 0;
  let items: readonly HTMLElement[] = [];
  let visible: readonly number[] = [];

  const draw = (state: State) => {
    const texts = tripletCounts(run, state);
    const recalls = clipCounts(run, state);
    visible = visibleNodes(run, closed);
    if (!visible.includes(cursor)) cursor = 0;
    items = visible.map((place) => treeItem(run, place, state, closed, texts[place], recalls[place]));
    const depth = visible.map((place) => depthOf(run, place));
    for (const [i, item] of items.entries()) {
      const place = visible[i]!;
      item.style.setProperty("--depth", String(depth[i]));
      item.tabIndex = place === cursor ? 0 : -1;
      item.addEventListener("click", (event) => {
        cursor = place;
        if ((event.target as Element).closest(".twist") !== null) toggle(place);
        else choose(place);
        focusCursor();
      });
    }
    tree.replaceChildren(...items);
  };
  const focusCursor = () => items[visible.indexOf(cursor)]?.focus();
  const choose = (place: number) => store.set({ node: store.state.node === nodes[place]!.id ? "" : nodes[place]!.id });
  const toggle = (place: number) => {
    if (run.children[place]!.length === 0) return;
    if (!closed.delete(place)) closed.add(place);
    draw(store.state);
  };
  const move = (to: number | undefined) => {
    if (to === undefined) return;
    for (const [i, item] of items.entries()) item.tabIndex = visible[i] === to ? 0 : -1;
    cursor = to;
    focusCursor();
  };
  tree.addEventListener("keydown", (event) => {
    const at = visible.indexOf(cursor);
    const isOpen = run.children[cursor]!.length > 0 && !closed.has(cursor);
    const keys: Record<string, () => void> = {
      ArrowDown: () => move(visible[at + 1]),
      ArrowUp: () => move(visible[at - 1]),
      Home: () => move(visible[0]),
      End: () => move(visible.at(-1)),
      ArrowRight: () => {
        if (isOpen) move(visible[at + 1]);
        else if (run.children[cursor]!.length > 0) toggle(cursor);
        focusCursor();
      },
      ArrowLeft: () => {
        if (isOpen) toggle(cursor);
        else if (cursor !== 0) move(nodes[cursor]!.parent);
        focusCursor();
      },
      Enter: () => choose(cursor),
      " ": () => choose(cursor),
    };
    const act = keys[event.key];
    if (act === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    act();
    if (event.key === "Enter" || event.key === " ") focusCursor();
  });
  store.follow((state, changed) => {
    if (!["model", "prompts", "space", "rule", "node"].some((key) => changed.has(key as keyof State))) return;
    draw(state);
    drawDetails(run, store, state);
  });
}

function treeItem(
  run: Run,
  place: number,
  state: State,
  closed: ReadonlySet<number>,
  text: Counts | undefined,
  recall: Counts | undefined,
): HTMLElement {
  const node = run.data.ontology.nodes[place]!;
  const children = run.children[place]!;
  const siblings = node.parent < 0 ? [place] : run.children[node.parent]!;
  const isTerm = node.term !== undefined;
  const said = [
    node.label,
    text === undefined
      ? "no triplets"
      : `${percent(text.right / text.total)} of ${counted(text.total, "triplet")} right`,
    recall === undefined
      ? "no clips"
      : `${percent(recall.right / recall.total)} of ${counted(recall.total, "clip")} recognised`,
  ].join(", ");
  return element(
    "div",
    {
      role: "treeitem",
      class: isTerm ? "node term" : "node",
      "aria-level": depthOf(run, place) + 1,
      "aria-posinset": siblings.indexOf(place) + 1,
      "aria-setsize": siblings.length,
      "aria-expanded": children.length === 0 ? undefined : String(!closed.has(place)),
      "aria-selected": String(node.id === state.node),
      "aria-label": said,
    },
    element(
      "span",
      { class: "name" },
      element(
        "span",
        { class: "twist", "aria-hidden": "true" },
        children.length === 0 ? "" : closed.has(place) ? "▸" : "▾",
      ),
      element("span", { class: "words" }, node.label),
    ),
    meter(text, 0.5),
    meter(recall),
  );
}

/** A bar with its number; with a value that chance reaches, what is below has another colour. */
function meter(counts: Counts | undefined, chance?: number): HTMLElement {
  const cell = element("span", { class: "meter" });
  if (counts === undefined) return cell;
  const share = counts.right / counts.total;
  const isBelow = chance !== undefined && share < chance;
  const bar = element("span", { class: isBelow ? "bar below" : "bar" });
  bar.style.setProperty("--share", String(share));
  if (chance !== undefined) bar.style.setProperty("--chance", String(chance));
  cell.append(
    element("span", { class: chance === undefined ? "track" : "track chance" }, bar),
    element("span", { class: "value" }, percent(share)),
    element("span", { class: "of" }, grouped(counts.total)),
  );
  return cell;
}

function visibleNodes(run: Run, closed: ReadonlySet<number>): readonly number[] {
  const found: number[] = [];
  const visit = (place: number) => {
    found.push(place);
    if (!closed.has(place)) for (const child of run.children[place]!) visit(child);
  };
  visit(0);
  return found;
}

function depthOf(run: Run, place: number): number {
  const { parent } = run.data.ontology.nodes[place]!;
  return parent < 0 ? 0 : 1 + depthOf(run, parent);
}

/** At an instrument the triplets that it is the anchor of, elsewhere those whose anchor and positive meet there. */
function tripletCounts(run: Run, state: State): readonly (Counts | undefined)[] {
  const entry = run.entry(state);
  const counts: (Counts | undefined)[] = run.data.ontology.nodes.map(() => undefined);
  if (entry === undefined) return counts;
  const ofLabel = new Map(entry.perAnchor.map(([label, total, right, ties]) => [label, { total, right, ties }]));
  for (const [place, total, right, ties] of entry.perNode) counts[place] = { total, right, ties };
  for (const [place, { term }] of run.data.ontology.nodes.entries()) {
    if (term !== undefined) counts[place] = ofLabel.get(term);
  }
  return counts;
}

/** The clips whose label is at a node or below it. */
function clipCounts(run: Run, state: State): readonly (Counts | undefined)[] {
  const entry = run.confusion(state, "prompts") ?? run.confusion(state);
  if (entry === undefined) return [];
  const width = entry.labels.length;
  return run.labelsBelow.map((below) => {
    let [total, right] = [0, 0];
    for (const [row, label] of entry.labels.entries()) {
      if (!below.has(label)) continue;
      for (let column = 0; column < width; column++) total += entry.counts[row * width + column]!;
      right += entry.counts[row * width + row]!;
    }
    return total === 0 ? undefined : { total, right, ties: 0 };
  });
}

function drawDetails(run: Run, store: Store, state: State): void {
  const panel = byId("node-details");
  const { nodes } = run.data.ontology;
  const place = nodes.findIndex((node) => node.id === state.node);
  setAttributes(panel, { "data-empty": place < 0 });
  if (place < 0) {
    panel.replaceChildren(
      element("p", { class: "hint" }, "Choose a node to see its triplets and its worst confusions."),
    );
    return;
  }
  const node = nodes[place]!;
  panel.replaceChildren(
    element("h4", {}, node.label),
    element("p", { class: "path" }, pathOf(run, place)),
    ...tripletDetails(run, state, place),
    ...confusionDetails(run, store, state, place),
  );
}

function pathOf(run: Run, place: number): string {
  const { nodes } = run.data.ontology;
  const above: string[] = [];
  for (let at = nodes[place]!.parent; at >= 0; at = nodes[at]!.parent) above.unshift(nodes[at]!.label);
  return above.length === 0 ? "the root" : above.join(" › ");
}

/** The triplets that count at a node. */
export function tripletsAt(run: Run, place: number, all: readonly ScoredTriplet[]): readonly ScoredTriplet[] {
  const { term } = run.data.ontology.nodes[place]!;
  return all.filter(({ anchor, node }) => (term === undefined ? node === place : anchor === term));
}

function tripletDetails(run: Run, state: State, place: number): (Node | string)[] {
  const counts = tripletCounts(run, state)[place];
  if (counts === undefined) return [element("p", {}, "No triplet counts here.")];
  const isTerm = run.data.ontology.nodes[place]!.term !== undefined;
  const ties = counts.ties === 0 ? "" : `, ${counted(counts.ties, "tie")} among the wrong`;
  const start = isTerm ? "Triplets with this anchor" : "Triplets whose anchor and positive meet here";
  const text = element(
    "p",
    {},
    `${start}: ${grouped(counts.right)} of ${grouped(counts.total)} right (${percent(counts.right / counts.total)})${ties}.`,
  );
  const entry = run.entry(state);
  const all = entry && run.triplets(entry);
  const own = all === undefined ? [] : tripletsAt(run, place, all);
  if (own.length === 0) return [text];
  const worst = own
    .filter((triplet) => ["wrong", "tie"].includes(outcomeOf(triplet)))
    .sort((a, b) => a.near - a.far - (b.near - b.far));
  const show = element("button", { type: "button" }, `Show ${grouped(own.length)} in the triplet browser`);
  show.addEventListener("click", () => byId("triplets").scrollIntoView());
  return [
    text,
    ...(worst.length === 0
      ? []
      : [
          element("h5", {}, "Furthest from right"),
          element(
            "ul",
            { class: "plain" },
            ...worst
              .slice(0, MOST_TRIPLETS)
              .map(({ anchor, positive, negative, near, far }) =>
                element(
                  "li",
                  {},
                  element("b", {}, run.label(anchor)),
                  `: ${run.label(positive)} ${similarity(near)}, but ${run.label(negative)} ${similarity(far)}`,
                ),
              ),
          ),
        ]),
    show,
  ];
}

function confusionDetails(run: Run, store: Store, state: State, place: number): Node[] {
  const entry = run.confusion(state, "prompts") ?? run.confusion(state);
  if (entry === undefined) return [];
  const below = run.labelsBelow[place]!;
  const width = entry.labels.length;
  const found = entry.labels.flatMap((truth, row) => {
    if (!below.has(truth)) return [];
    const counts = entry.counts.slice(row * width, (row + 1) * width);
    const total = counts.reduce((a, b) => a + b, 0);
    return counts.flatMap((clips, column) =>
      column === row || clips === 0 ? [] : [{ truth, taken: entry.labels[column]!, clips, total }],
    );
  });
  if (found.length === 0) return [];
  found.sort((a, b) => b.clips - a.clips);
  return [
    element("h5", {}, "Worst confusions"),
    element(
      "ul",
      { class: "plain" },
      ...found.slice(0, MOST_CONFUSIONS).map(({ truth, taken, clips, total }) => {
        const text = `${run.label(truth)} taken for ${run.label(taken)}: ${grouped(clips)} of ${grouped(total)} (${percent(clips / total)})`;
        if (run.data.clips === null) return element("li", {}, text);
        const button = element("button", { type: "button", class: "link" }, text);
        button.addEventListener("click", () => {
          store.set({ truth: run.label(truth), taken: run.label(taken), find: "", answer: "all" });
          byId("clips").scrollIntoView();
        });
        return element("li", {}, button);
      }),
    ),
  ];
}
