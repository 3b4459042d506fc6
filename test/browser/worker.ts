import { embed, type Job } from "./embed.ts";

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<Job>) => void;
  postMessage(answer: unknown): void;
};

scope.onmessage = async ({ data }) => {
  scope.postMessage(await embed(data).catch((error: unknown) => ({ error: String(error) })));
};
