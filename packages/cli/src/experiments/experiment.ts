import type { SimilarityKind } from "@irec/metrics";
import type { Taxonomy } from "@irec/ontology";
import type { GroundTruth } from "../ground-truth/ground-truth.ts";
import { turn } from "../npy/byte-source.ts";
import type { OutcomeWriter } from "../outcomes/outcome-writer.ts";
import type { Progress } from "../progress.ts";
import type { Skip } from "../results/results.ts";
import type { ModelInputs } from "../store/model-inputs.ts";
import { NotServed } from "../store/not-served.ts";
import type { ClipResampling } from "./resampling.ts";

/** What every experiment works on. */
export interface ExperimentContext {
  readonly models: readonly ModelInputs[];
  readonly groundTruth: GroundTruth | undefined;
  /** In which labels are looked up. */
  readonly ontology: Taxonomy;
  /** Whose triplets are asked: one, which may be the same, or several that have to agree. */
  readonly tripletOntologies: readonly Taxonomy[];
  readonly similarity: SimilarityKind;
  /** Of the bootstrap. */
  readonly seed: number;
  readonly draws: number;
  /** Scores of this many bytes are held at a time; with more, the audio file is read once for every few prompt sets. */
  readonly scoreBytes: number;
  /** Draws clips for intervals. */
  readonly clipResampling: ClipResampling;
  /** Takes what every clip and triplet scored, where somebody wants it. */
  readonly outcomes?: OutcomeWriter | undefined;
  readonly progress: Progress;
}

/** The rows of an experiment's table, and what it could not do. */
export interface Outcome<Row> {
  readonly rows: readonly Row[];
  readonly skipped: readonly Skip[];
}

/** Collects rows, and reasons where a part cannot be served; every other error passes through. */
export class OutcomeBuilder<Row> {
  readonly rows: Row[] = [];
  readonly skipped: Skip[] = [];

  /** Says once what was left out of a part that is served otherwise. */
  note(part: Omit<Skip, "reason">, reason: string | undefined): void {
    if (reason === undefined) return;
    const isSaid = this.skipped.some((skip) => skip.model === part.model && skip.reason === reason);
    if (!isSaid) this.skipped.push({ ...part, reason });
  }

  /** Runs one part of an experiment. */
  async attempt(part: Omit<Skip, "reason">, run: () => Promise<Row | readonly Row[]>): Promise<void> {
    // A turn of the event loop, or an interrupt would wait for all that is computed without reading a file.
    await turn();
    try {
      const result = await run();
      this.rows.push(...(Array.isArray(result) ? (result as readonly Row[]) : [result as Row]));
    } catch (error) {
      if (!(error instanceof NotServed)) throw error;
      this.skipped.push({ ...part, reason: error.message });
    }
  }
}
