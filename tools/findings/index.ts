export { resultsText } from "../../packages/cli/src/results/run-folder.ts";
export { findingsJson } from "./findings.ts";
export { makeFindings } from "./make-findings.ts";
export { evaluateReference } from "./reference-runs.ts";
export { findingsMarkdown } from "./render.ts";
