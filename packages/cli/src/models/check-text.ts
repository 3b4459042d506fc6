import { markdownTable } from "markdown-table";
import { printable } from "../printable.ts";
import type { ModelCheck } from "./check-model.ts";

/** What `irec models check` prints. */
export function checkText(check: ModelCheck): string {
  const { model, backend, loadMilliseconds, hasTokenizer, health, comparisons, notCompared, passed } = check;
  const text = !hasTokenizer
    ? "not measured: no vocabulary beside the checkpoint; give it with --tokenizer"
    : `mean cosine of unrelated texts ${health.textCosine?.toFixed(4)}`;
  const rows = comparisons.map((one) => [
    one.what,
    one.difference.toExponential(1),
    one.tolerance.toExponential(1),
    one.passed ? "ok" : "FAILED",
  ]);
  const table = markdownTable([["comparison", "largest difference", "tolerance", ""], ...rows], {
    align: ["l", "r", "r", "l"],
  });
  return printable(
    [
      `model       ${model}`,
      `backend     ${backend}, loaded in ${(loadMilliseconds / 1000).toFixed(2)} s`,
      `text tower  ${text}`,
      ...health.warnings.map((warning) => `warning     ${warning}`),
      "",
      table,
      "",
      ...(notCompared === undefined ? [] : [`Backends were not compared: ${notCompared}.`]),
      passed ? "Everything is in order." : "Something is wrong; see above.",
      "",
    ].join("\n"),
  );
}
