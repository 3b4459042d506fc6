import { byId, choiceRow, element, showChoice } from "./dom.ts";
import { counted, grouped, percent } from "./numbers.ts";
import type { Run } from "./run.ts";
import type { State, Store } from "./state.ts";

const ANSWERS: Readonly<Record<string, string>> = {
  prompts: "text prompts",
  published: "prototypes, as published",
  "leave-one-out": "prototypes, leave one out",
  "by-fold": "prototypes, by fold",
};

/** The confusion matrix, rows and columns in the order of the ontology: relatives stand together. */
export function showConfusion(run: Run, store: Store): void {
  const { confusions } = run.data;
  if (confusions.length === 0) return;
  const present = Object.keys(ANSWERS).filter((name) =>
    confusions.some((row) => (row.answers === "prompts" ? name === "prompts" : row.rule === name)),
  );
  byId("confusion-tools").append(
    choiceRow(
      "answers",
      "Answers come from",
      present.map((name) => [name, ANSWERS[name]!] as const),
      (answers) => store.set({ answers }),
    ),
  );
  const holder = byId("confusion-matrix");
  const readout = byId("confusion-readout");
  const tip = byId("tip");
  let cells: HTMLElement[][] = [];
  let at: readonly [row: number, column: number] = [0, 0];

  const focus = (row: number, column: number) => {
    const cell = cells[row]?.[column];
    if (cell === undefined) return;
    cells[at[0]]?.[at[1]]?.setAttribute("tabindex", "-1");
    at = [row, column];
    cell.tabIndex = 0;
    cell.focus();
  };
  const showTip = (cell: HTMLElement) => {
    const said = cell.getAttribute("aria-label")!;
    readout.textContent = said;
    tip.textContent = said;
    tip.hidden = false;
    const box = cell.getBoundingClientRect();
    const left = Math.min(
      Math.max(8, box.left + box.width / 2 - tip.offsetWidth / 2),
      innerWidth - tip.offsetWidth - 8,
    );
    const top = box.top - tip.offsetHeight - 6;
    tip.style.left = `${left}px`;
    tip.style.top = `${top < 0 ? box.bottom + 6 : top}px`;
  };
  const hideTip = () => {
    tip.hidden = true;
  };
  const cellOf = (event: Event) => (event.target as Element).closest<HTMLElement>("[data-truth]");
  const open = (cell: HTMLElement) => {
    if (run.data.clips === null || store.state.answers !== "prompts") return;
    store.set({ truth: cell.dataset.truth!, taken: cell.dataset.taken!, find: "", answer: "all" });
    byId("clips").scrollIntoView();
  };
  holder.addEventListener("pointerover", (event) => {
    const cell = cellOf(event);
    if (cell === null) hideTip();
    else showTip(cell);
  });
  holder.addEventListener("pointerleave", hideTip);
  holder.addEventListener("focusin", (event) => {
    const cell = cellOf(event);
    if (cell !== null) showTip(cell);
  });
  holder.addEventListener("focusout", hideTip);
  addEventListener("scroll", hideTip, { passive: true, capture: true });
  holder.addEventListener("click", (event) => {
    const cell = cellOf(event);
    if (cell !== null) open(cell);
  });
  holder.addEventListener("keydown", (event) => {
    const last = cells.length - 1;
    const [row, column] = at;
    const keys: Record<string, () => void> = {
      ArrowUp: () => focus(row - 1, column),
      ArrowDown: () => focus(row + 1, column),
      ArrowLeft: () => focus(row, column - 1),
      ArrowRight: () => focus(row, column + 1),
      Home: () => focus(event.ctrlKey ? 0 : row, 0),
      End: () => focus(event.ctrlKey ? last : row, last),
      PageUp: () => focus(0, column),
      PageDown: () => focus(last, column),
      Enter: () => open(cells[row]![column]!),
      Escape: hideTip,
    };
    const act = keys[event.key];
    if (act === undefined || cellOf(event) === null) return;
    event.preventDefault();
    act();
  });
  store.follow((state, changed) => {
    if (!["model", "prompts", "space", "answers"].some((key) => changed.has(key as keyof State))) return;
    showChoice("answers", state.answers);
    at = [0, 0];
    const made = matrix(run, state);
    cells = made.cells;
    holder.replaceChildren(made.table);
    readout.textContent = "";
  });
}

function matrix(run: Run, state: State): { readonly table: HTMLElement; readonly cells: HTMLElement[][] } {
  const entry = run.confusion(state);
  if (entry === undefined)
    return { table: element("p", { class: "hint" }, "The run has no confusion matrix for this choice."), cells: [] };
  const width = entry.labels.length;
  const order = [...entry.labels.keys()].sort((a, b) => entry.labels[a]! - entry.labels[b]!);
  const count = (row: number, column: number) => entry.counts[order[row]! * width + order[column]!]!;
  const names = order.map((i) => run.label(entry.labels[i]!));
  const cells = names.map((truth, row) => {
    const total = names.reduce((sum, _, column) => sum + count(row, column), 0);
    return names.map((taken, column) => {
      const clips = count(row, column);
      const share = total === 0 ? 0 : clips / total;
      const what = row === column ? `${truth} recognised` : `${truth} taken for ${taken}`;
      const cell = element(
        "td",
        {
          role: "gridcell",
          tabindex: row + column === 0 ? 0 : -1,
          class: `${row === column ? "right" : "wrong"}${share > 0.5 ? " strong" : ""}`,
          "data-truth": truth,
          "data-taken": taken,
          "aria-label":
            total === 0
              ? `${truth}: no clips`
              : `${what}: ${grouped(clips)} of ${counted(total, "clip")} (${percent(share)})`,
        },
        clips === 0 ? "" : grouped(clips),
      );
      cell.style.setProperty("--share", `${(100 * share).toFixed(1)}%`);
      return cell;
    });
  });
  const from =
    entry.answers === "prompts"
      ? `the prompts of “${state.prompts}”`
      : `${ANSWERS[entry.rule] ?? entry.rule}, ${entry.space === "pre_joint" ? "before the projection" : "joint space"}`;
  const table = element(
    "table",
    { role: "grid", class: "confusion", "aria-readonly": "true" },
    element(
      "caption",
      {},
      `${state.model}: clips of each label (rows) by what they were taken for (columns); answers from ${from}`,
    ),
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        element("th", { scope: "col", class: "corner" }, "label"),
        ...names.map((name) => element("th", { scope: "col" }, element("span", {}, name))),
      ),
    ),
    element(
      "tbody",
      {},
      ...cells.map((row, i) => element("tr", {}, element("th", { scope: "row" }, names[i]!), ...row)),
    ),
  );
  return { table, cells };
}
