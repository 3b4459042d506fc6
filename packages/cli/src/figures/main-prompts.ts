/** The prompt set of the study's figures. */
const STUDY_PROMPTS = "muscall_prompt";

/** Of each model the row of the study's prompt set, or of its first where it has not got that one. */
export function mainPromptRows<Row extends { readonly model: string; readonly promptSet: string }>(
  rows: readonly Row[],
): readonly Row[] {
  return [...new Set(rows.map(({ model }) => model))].map((model) => {
    const own = rows.filter((row) => row.model === model);
    return own.find(({ promptSet }) => promptSet === STUDY_PROMPTS) ?? own[0]!;
  });
}

/** The prompt sets of rows, for a caption. */
export function promptSetsText(rows: readonly { readonly promptSet: string }[]): string {
  return [...new Set(rows.map(({ promptSet }) => promptSet))].join(", ");
}
