import { expect } from "vitest";

/** The message of an error as `irec` prints it: one paragraph after "error: ", no stack trace, and nothing else. */
export function paragraph(stderr: string): string {
  expect(stderr).toMatch(/^error: [^\n].*\n$/s);
  expect(stderr).not.toMatch(/\n\s*\n|\n\s+at |\(node:|This is a bug/);
  return stderr.slice("error: ".length, -1);
}
