/// <reference types="node" />
import { parentPort, workerData } from "node:worker_threads";
import { loadModel } from "../models/node.ts";
import type { TowerOutput } from "../two-tower.ts";
import type { Answer, Rows, Task, WorkerModel } from "./messages.ts";

// The body of a worker thread: it has a model of its own and embeds what it is sent, one part at a time.

const port = parentPort!;
const { from, options } = workerData as WorkerModel;

try {
  const onProgress = (done: number, total: number) => answer({ kind: "loading", done, total });
  const model = await loadModel(from, { ...options, onProgress });
  port.on("message", async (task: Task) => {
    const settings = task.batchSize === undefined ? {} : { batchSize: task.batchSize };
    try {
      if (task.kind === "text") {
        const { lostTokens, ...output } = await model.encodeText(task.texts, settings);
        answerRows(task.part, { ...rowsOf(output), lostTokens });
      } else {
        const policy = task.lengthPolicy === undefined ? {} : { lengthPolicy: task.lengthPolicy };
        answerRows(task.part, rowsOf(await model.encodeAudio(task.clips, { ...settings, ...policy })));
      }
    } catch (error) {
      answer({ kind: "error", part: task.part, error: plain(error) });
    }
  });
  answer({ kind: "ready", health: model.health });
} catch (error) {
  answer({ kind: "error", part: -1, error: plain(error) });
}

function answer(message: Answer, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

function answerRows(part: number, rows: Rows): void {
  const { preJoint, joint } = rows;
  answer({ kind: "rows", part, rows }, [preJoint.buffer as ArrayBuffer, joint.buffer as ArrayBuffer]);
}

function rowsOf({ preJoint, joint }: TowerOutput): Rows {
  return { preJoint: preJoint.data, joint: joint.data };
}

/** An error as it can be sent: messages carry neither its class nor its fields. */
function plain(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  return { ...error, name: error.name, message: error.message, stack: error.stack };
}
