import { byId, choiceRow, element, selectBox, showChoice } from "./dom.ts";
import type { Run } from "./run.ts";
import type { Store } from "./state.ts";

const SPACES: Readonly<Record<string, string>> = { pre_joint: "before projection", joint_space: "joint space" };
const RULES: Readonly<Record<string, string>> = {
  "published-2024": "published",
  lca: "corrected",
  path: "path length",
  "wu-palmer": "Wu–Palmer",
};

/** What all parts of the explorer look at: model, prompts, space, and the rule that makes the triplets. */
export function showToolbar(run: Run, store: Store): void {
  const { models, promptSets, triplets, confusions } = run.data;
  const same = (names: readonly string[]) => names.map((name) => [name, name] as const);
  const spaces = ["pre_joint", "joint_space"].filter(
    (space) =>
      triplets.some((row) => row.space === space) || confusions.some((row) => "space" in row && row.space === space),
  );
  const rules = ["published-2024", "lca", "path", "wu-palmer"].filter((rule) =>
    triplets.some((row) => row.rule === rule),
  );
  byId("toolbar").append(
    selectBox("model", "Model", same(models), (model) => store.set({ model })),
    ...(promptSets.length > 0
      ? [selectBox("prompts", "Prompt set", same(promptSets), (prompts) => store.set({ prompts }))]
      : []),
    ...(spaces.length > 0
      ? [
          choiceRow(
            "space",
            "Space",
            spaces.map((space) => [space, SPACES[space]!] as const),
            (space) => store.set({ space }),
          ),
        ]
      : []),
    ...(rules.length > 0
      ? [
          choiceRow(
            "rule",
            "Triplet rule",
            rules.map((rule) => [rule, RULES[rule]!] as const),
            (rule) => store.set({ rule }),
          ),
        ]
      : []),
  );
  store.follow((state) => {
    for (const name of ["model", "prompts"] as const) {
      const select = document.querySelector<HTMLSelectElement>(`#${name}`);
      if (select !== null) select.value = state[name];
    }
    showChoice("space", state.space);
    showChoice("rule", state.rule);
  });
}

/** Light or dark; the system's choice until the reader makes one. */
export function showThemeSwitch(store: Store): void {
  const button = element("button", { type: "button", id: "theme", class: "quiet" });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (store.state.theme === "" ? dark.matches : store.state.theme === "dark");
  button.addEventListener("click", () => store.set({ theme: isDark() ? "light" : "dark" }));
  byId("page-tools").append(button);
  const show = () => {
    if (store.state.theme === "") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = store.state.theme;
    button.textContent = isDark() ? "Light colours" : "Dark colours";
  };
  dark.addEventListener("change", show);
  store.follow(show);
}
