import { closeSync, fsyncSync, ftruncateSync, openSync, statSync, writeSync } from "node:fs";
import type { TrainingStep } from "@irec/encoders";
import { diskError } from "../../disk-error.ts";
import { InputError } from "../../errors.ts";
import type { ValidationScores } from "./validation.ts";
import { KEPT, NOTHING_TRAINED } from "./what-is-kept.ts";

const COLUMNS = [
  ...["epoch", "step", "loss", "learning_rate", "temperature", "validation_loss"],
  ...["text_to_audio_r1", "text_to_audio_r5", "text_to_audio_r10", "text_to_audio_median_rank"],
  ...["audio_to_text_r1", "audio_to_text_r5", "audio_to_text_r10", "audio_to_text_median_rank"],
];

/**
 * log.csv: a row for each step with the loss of its batch, and a row for each epoch with the mean of these losses and the
 * validation scores. Numbers have all the digits that they need to be read back as they are.
 */
export class RunLog {
  readonly #path: string;
  readonly #descriptor: number;
  #bytes: number;

  private constructor(path: string, descriptor: number, bytes: number) {
    this.#path = path;
    this.#descriptor = descriptor;
    this.#bytes = bytes;
  }

  /** @param bytes - how much of an earlier log is kept; what is behind it will be done again. 0 for a new one */
  static open(path: string, bytes: number): RunLog {
    if (bytes > 0 && (statSync(path, { throwIfNoEntry: false })?.size ?? 0) < bytes) {
      throw new InputError(
        path,
        `is shorter than when the checkpoint was written, which was at ${bytes} bytes. Put it back.`,
      );
    }
    let descriptor: number;
    try {
      descriptor = openSync(path, bytes === 0 ? "w" : "r+");
      ftruncateSync(descriptor, bytes);
    } catch (error) {
      throw diskError(path, error, bytes === 0 ? NOTHING_TRAINED : KEPT);
    }
    const log = new RunLog(path, descriptor, bytes);
    if (bytes === 0) log.#write(COLUMNS, NOTHING_TRAINED);
    return log;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @param epoch - counted from 1 */
  step(epoch: number, { step, loss, learningRate, temperature }: TrainingStep): void {
    this.#write([epoch, step, loss, learningRate, temperature]);
  }

  epoch(epoch: number, step: number, meanLoss: number, { loss, textToAudio, audioToText }: ValidationScores): void {
    const retrieval = [textToAudio, audioToText].flatMap(({ r1, r5, r10, medianRank }) => [r1, r5, r10, medianRank]);
    this.#write([epoch, step, meanLoss, "", "", loss, ...retrieval]);
  }

  #write(cells: readonly (string | number)[], kept = KEPT): void {
    const row = Array.from({ length: COLUMNS.length }, (_, i) => cells[i] ?? "");
    const line = Buffer.from(`${row.join(",")}\n`);
    try {
      for (let done = 0; done < line.length; ) {
        done += writeSync(this.#descriptor, line, done, line.length - done, this.#bytes + done);
      }
    } catch (error) {
      throw diskError(this.#path, error, kept);
    }
    this.#bytes += line.length;
  }

  /**
   * Makes sure that the rows are on the disk before a checkpoint says so.
   * @param kept - what became of the work so far when the disk says no, as a sentence
   */
  flush(kept: string): void {
    try {
      fsyncSync(this.#descriptor);
    } catch (error) {
      throw diskError(this.#path, error, kept);
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
