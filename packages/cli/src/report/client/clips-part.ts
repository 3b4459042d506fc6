import { byId, choiceRow, element, searchBox, selectBox, setAttributes, showChoice } from "./dom.ts";
import { counted, grouped, percent, similarity } from "./numbers.ts";
import type { Run, SetOfScores } from "./run.ts";
import type { State, Store } from "./state.ts";
import { VirtualRows } from "./virtual-rows.ts";

/** The clips of the run: what each was taken for, by how much, and how near it is to every prompt. */
export function showClips(run: Run, store: Store): void {
  const { clips } = run.data;
  if (clips === null) return;
  byId("clip-tools").append(
    searchBox("find", "Search clips", (find) => store.set({ find })),
    choiceRow(
      "answer",
      "Answer",
      [
        ["all", "all"],
        ["right", "right"],
        ["wrong", "wrong"],
      ],
      (answer) => store.set({ answer }),
    ),
    selectBox(
      "sort",
      "Order",
      [
        ["listed", "as listed"],
        ["least", "smallest margin first"],
        ["most", "largest margin first"],
      ],
      (sort) => store.set({ sort }),
    ),
  );
  const chip = element("button", { type: "button", class: "chip" });
  chip.addEventListener("click", () => store.set({ truth: "", taken: "" }));
  byId("clip-filter").append(chip);
  const list = byId("clip-rows");
  let view: View | undefined;
  const rows = new VirtualRows(list, "presentation", (row) => clipRow(run, view!, row, store.state));
  const place = () => view?.shown.findIndex((clip) => clips.ids[clip] === store.state.clip) ?? -1;
  const show = (row: number) => {
    const clip = view?.shown[Math.max(0, Math.min(row, view.shown.length - 1))];
    if (clip !== undefined) store.set({ clip: clips.ids[clip]! });
  };
  list.addEventListener("click", (event) => {
    const row = (event.target as Element).closest<HTMLElement>("[data-row]");
    if (row !== null) show(Number(row.dataset.row));
  });
  list.addEventListener("keydown", (event) => {
    const at = place();
    const keys: Record<string, () => void> = {
      ArrowDown: () => show(at + 1),
      ArrowUp: () => show(at - 1),
      PageDown: () => show(at + rows.visible),
      PageUp: () => show(at - rows.visible),
      Home: () => show(0),
      End: () => show((view?.shown.length ?? 1) - 1),
    };
    const act = keys[event.key];
    if (act === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    act();
  });
  store.follow((state, changed) => {
    const isOther = (["model", "prompts", "find", "answer", "sort", "truth", "taken"] as const).some((key) =>
      changed.has(key),
    );
    if (isOther) {
      const search = byId<HTMLInputElement>("find");
      if (search.value !== state.find) search.value = state.find;
      showChoice("answer", state.answer);
      byId<HTMLSelectElement>("sort").value = state.sort;
      const only = onlyText(state);
      chip.hidden = only === "";
      chip.textContent = `${only} ✕`;
      chip.setAttribute("aria-label", `Show all clips, not only ${only}`);
      view = viewOf(run, state);
      rows.reset(view?.shown.length ?? 0);
      byId("clip-count").textContent = countText(run, view);
    } else if (changed.has("clip")) rows.refresh();
    if (!isOther && !changed.has("clip")) return;
    const row = place();
    if (row >= 0) rows.reveal(row);
    setAttributes(list, { "aria-activedescendant": row >= 0 ? `clip-${row}` : undefined });
    drawClip(run, state, view);
  });
}

/** The clips that are shown, and what is known of all. */
interface View {
  readonly scores: SetOfScores;
  /** Of each clip: its similarity to its own label's prompt less the highest to another's. */
  readonly margins: Float64Array;
  readonly shown: readonly number[];
}

function viewOf(run: Run, state: State): View | undefined {
  const scores = run.scores(state.model, state.prompts);
  if (scores === undefined) return undefined;
  const { ids } = run.data.clips!;
  const labels = run.clipLabels;
  const margins = Float64Array.from(ids, (_, clip) => marginOf(scores, clip, labels[clip]!));
  const text = state.find.toLowerCase().split(/\s+/).filter(Boolean);
  const names = run.data.labels.map((label) => label.toLowerCase());
  const [truth, taken] = [run.data.labels.indexOf(state.truth), run.data.labels.indexOf(state.taken)];
  const shown = [...ids.keys()].filter((clip) => {
    const own = labels[clip]!;
    const answer = scores.labels[scores.nearest[clip]!]!;
    if (truth >= 0 && own !== truth) return false;
    if (taken >= 0 && answer !== taken) return false;
    if (state.answer === "right" && own !== answer) return false;
    if (state.answer === "wrong" && own === answer) return false;
    const id = ids[clip]!.toLowerCase();
    return text.every((word) => id.includes(word) || names[own]!.includes(word));
  });
  if (state.sort !== "listed") {
    const sign = state.sort === "least" ? 1 : -1;
    shown.sort((a, b) => sign * (margins[a]! - margins[b]!) || a - b);
  }
  return { scores, margins, shown };
}

function marginOf({ labels, similarities }: SetOfScores, clip: number, own: number): number {
  let [mine, other] = [Number.NaN, Number.NEGATIVE_INFINITY];
  for (const [column, label] of labels.entries()) {
    const value = similarities[clip * labels.length + column]!;
    if (label === own) mine = value;
    else other = Math.max(other, value);
  }
  return mine - other;
}

function onlyText({ truth, taken }: State): string {
  if (truth === "" && taken === "") return "";
  if (truth === "") return `taken for ${taken}`;
  if (taken === "") return truth;
  return truth === taken ? `${truth}, recognised` : `${truth} taken for ${taken}`;
}

function countText(run: Run, view: View | undefined): string {
  const { ids, step, total } = run.data.clips!;
  if (view === undefined) return "The similarities of this choice are not in the page.";
  const part = step === 1 ? "" : ` The page has one in ${step} of ${grouped(total)}.`;
  const right = view.shown.filter(
    (clip) => view.scores.labels[view.scores.nearest[clip]!] === run.clipLabels[clip],
  ).length;
  const share = view.shown.length === 0 ? "" : `: ${grouped(right)} right (${percent(right / view.shown.length)})`;
  return `${grouped(view.shown.length)} of ${counted(ids.length, "clip")}${share}.${part}`;
}

function clipRow(run: Run, { scores, margins, shown }: View, row: number, state: State): HTMLElement {
  const clip = shown[row]!;
  const id = run.data.clips!.ids[clip]!;
  const own = run.clipLabels[clip]!;
  const answer = scores.labels[scores.nearest[clip]!]!;
  const isRight = own === answer;
  const name = id.split("/").at(-1)!;
  return element(
    "div",
    {
      role: "option",
      id: `clip-${row}`,
      class: `row ${isRight ? "right" : "wrong"}`,
      "data-row": row,
      "aria-selected": String(id === state.clip),
      "aria-posinset": row + 1,
      "aria-setsize": shown.length,
      "aria-label": `${name}, ${run.label(own)}, ${isRight ? "recognised" : `taken for ${run.label(answer)}`}, margin ${similarity(margins[clip]!)}`,
    },
    element("span", { class: "mark", "aria-hidden": "true" }, isRight ? "✓" : "✕"),
    element("span", { class: "clip-name", title: id }, name),
    element("span", { class: "clip-label" }, isRight ? run.label(own) : `${run.label(own)} → ${run.label(answer)}`),
    element("span", { class: "number" }, similarity(margins[clip]!)),
  );
}

function drawClip(run: Run, state: State, view: View | undefined): void {
  const panel = byId("clip-details");
  const clip = run.data.clips!.ids.indexOf(state.clip);
  setAttributes(panel, { "data-empty": clip < 0 || view === undefined });
  if (clip < 0 || view === undefined) {
    panel.replaceChildren(element("p", { class: "hint" }, "Choose a clip to see how near it is to every prompt."));
    return;
  }
  const { scores } = view;
  const own = run.clipLabels[clip]!;
  const sets = everySet(run, state, clip, own);
  panel.replaceChildren(
    element("h4", {}, state.clip.split("/").at(-1)!),
    element("p", { class: "path" }, state.clip),
    bars(run, scores, clip, own, state.prompts),
    ...(sets === undefined ? [] : [sets]),
    element(
      "p",
      { class: "hint" },
      `Similarities are rounded: they are off by ${scores.error.toExponential(1)} at most.`,
    ),
  );
}

function bars(run: Run, scores: SetOfScores, clip: number, own: number, promptSet: string): HTMLElement {
  const width = scores.labels.length;
  const values = scores.similarities.subarray(clip * width, (clip + 1) * width);
  const nearest = scores.nearest[clip]!;
  const order = [...values.keys()].sort(
    (a, b) => values[b]! - values[a]! || Number(b === nearest) - Number(a === nearest),
  );
  const [low, high] = [values[order.at(-1)!]!, values[order[0]!]!];
  return element(
    "table",
    { class: "bars" },
    element("caption", {}, `Similarity to the prompts of “${promptSet}”`),
    element(
      "thead",
      { class: "unseen" },
      element("tr", {}, ...["label", "bar", "similarity"].map((head) => element("th", { scope: "col" }, head))),
    ),
    element(
      "tbody",
      {},
      ...order.map((column) => {
        const isOwn = scores.labels[column] === own;
        const note = isOwn ? " (its label)" : "";
        const bar = element("span", { class: isOwn ? "bar own" : "bar" });
        bar.style.setProperty("--share", String(high === low ? 1 : (values[column]! - low) / (high - low)));
        return element(
          "tr",
          { class: isOwn ? "own" : undefined },
          element("th", { scope: "row" }, `${run.label(scores.labels[column]!)}${note}`),
          element("td", {}, element("span", { class: "track", "aria-hidden": "true" }, bar)),
          element("td", { class: "number" }, similarity(values[column]!)),
        );
      }),
    ),
  );
}

/** The clip's similarity to every prompt of every set of the model. */
function everySet(run: Run, state: State, clip: number, own: number): HTMLElement | undefined {
  const sets = run.data.promptSets.flatMap((name) => {
    const scores = run.scores(state.model, name);
    return scores === undefined ? [] : [{ name, scores }];
  });
  if (sets.length < 2) return undefined;
  const labels = run.data.labels
    .map((_, label) => label)
    .filter((label) => sets.some(({ scores }) => scores.labels.includes(label)));
  return element(
    "details",
    {},
    element("summary", {}, `All ${sets.length} prompt sets`),
    element(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": "Similarity to every prompt of every set" },
      element(
        "table",
        { class: "plain-table" },
        element("caption", {}, "Similarity to every prompt; the nearest of each set is underlined"),
        element(
          "thead",
          {},
          element(
            "tr",
            {},
            element("th", { scope: "col" }, "label"),
            ...sets.map(({ name }) => element("th", { scope: "col", class: "number" }, name)),
          ),
        ),
        element(
          "tbody",
          {},
          ...labels.map((label) =>
            element(
              "tr",
              { class: label === own ? "own" : undefined },
              element("th", { scope: "row" }, label === own ? `${run.label(label)} (its label)` : run.label(label)),
              ...sets.map(({ scores }) => {
                const column = scores.labels.indexOf(label);
                const isNearest = column === scores.nearest[clip];
                const value = column < 0 ? "" : similarity(scores.similarities[clip * scores.labels.length + column]!);
                return element("td", { class: isNearest ? "number nearest" : "number" }, value);
              }),
            ),
          ),
        ),
      ),
    ),
  );
}
