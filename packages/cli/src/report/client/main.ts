import type { ReportData } from "../report-data.ts";
import { showClips } from "./clips-part.ts";
import { showConfusion } from "./confusion-part.ts";
import { byId } from "./dom.ts";
import { showOntology } from "./ontology-part.ts";
import { Run } from "./run.ts";
import { type State, Store } from "./state.ts";
import { showThemeSwitch, showToolbar } from "./toolbar.ts";
import { showTriplets } from "./triplets-part.ts";

const data = JSON.parse(byId("data").textContent!) as ReportData;
const run = new Run(data);
const store = new Store(initial(), valid);
showThemeSwitch(store);
showToolbar(run, store);
showOntology(run, store);
showConfusion(run, store);
showTriplets(run, store);
showClips(run, store);
document.documentElement.dataset.ready = "";

function initial(): State {
  const { models, promptSets, triplets, confusions } = data;
  const rules = new Set(triplets.map((row) => row.rule));
  return {
    model: models[0] ?? "",
    prompts: promptSets.includes("muscall_prompt") ? "muscall_prompt" : (promptSets[0] ?? ""),
    space: triplets.some((row) => row.space === "joint_space") || triplets.length === 0 ? "joint_space" : "pre_joint",
    rule: rules.has("lca") ? "lca" : ([...rules][0] ?? ""),
    answers: confusions.some((row) => row.answers === "prompts") ? "prompts" : firstRule(),
    node: "",
    triplet: "",
    outcome: "all",
    order: "listed",
    find: "",
    answer: "all",
    sort: "listed",
    truth: "",
    taken: "",
    clip: "",
    theme: "",
  };
}

function firstRule(): string {
  const row = data.confusions[0];
  return row?.answers === "prototypes" ? row.rule : "";
}

/** An address may be old, or written by hand: what the run does not have becomes what it starts with. */
function valid(state: State): State {
  const first = initial();
  const oneOf = (key: keyof State, words: readonly string[]) => (words.includes(state[key]) ? state[key] : first[key]);
  const { models, promptSets, ontology, labels, clips, confusions, triplets } = data;
  return {
    ...state,
    model: oneOf("model", models),
    prompts: oneOf("prompts", promptSets),
    space: oneOf("space", ["pre_joint", "joint_space"]),
    rule: oneOf(
      "rule",
      triplets.map((row) => row.rule),
    ),
    answers: oneOf(
      "answers",
      confusions.map((row) => (row.answers === "prompts" ? "prompts" : row.rule)),
    ),
    node: oneOf(
      "node",
      ontology.nodes.map((node) => node.id),
    ),
    outcome: oneOf("outcome", ["all", "right", "wrong", "tie"]),
    order: oneOf("order", ["listed", "worst", "best"]),
    answer: oneOf("answer", ["all", "right", "wrong"]),
    sort: oneOf("sort", ["listed", "least", "most"]),
    truth: oneOf("truth", labels),
    taken: oneOf("taken", labels),
    clip: oneOf("clip", clips?.ids ?? []),
    theme: oneOf("theme", ["light", "dark"]),
  };
}
