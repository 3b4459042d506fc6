import { reference } from "./reference.ts";

/** Says loudly, once per run, when the tests against the study's data cannot run. */
export default function setup(): void {
  if (reference !== undefined) return;
  const line = "!".repeat(100);
  process.stderr.write(
    `\n${line}\n!! The study's reference data is absent: every test against the published numbers is SKIPPED.\n` +
      `!! Set IREC_REFERENCE to the folder that holds published/model_embeddings.\n${line}\n\n`,
  );
}
