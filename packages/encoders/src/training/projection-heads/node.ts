import type { BackendChoice } from "../../backend/backend.ts";
import { type BackendOptions, openBackend } from "../../backend/node.ts";
import { type ProjectionTraining, projectionTrainingOn } from "./projection-training.ts";

/** What fits heads on the backend of choice. */
export async function openProjectionTraining(
  options: BackendOptions & { readonly backend?: BackendChoice } = {},
): Promise<ProjectionTraining> {
  return projectionTrainingOn(await openBackend(options.backend, options));
}
