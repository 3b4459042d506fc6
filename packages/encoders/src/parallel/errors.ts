/** A worker thread ended that should not have: out of memory, in most cases. Use fewer `jobs`. */
export class WorkerError extends Error {
  override name = "WorkerError";

  constructor(fault: string) {
    super(`${fault}; each of them holds the model, so use fewer jobs if memory is short`);
  }
}

/** An option that works with one thread only. */
export class JobsOptionError extends Error {
  override name = "JobsOptionError";
}
