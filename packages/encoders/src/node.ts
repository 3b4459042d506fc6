export { decodeAudioFile, nodeAudioCodecs } from "./audio/node.ts";
export { openFile } from "./bytes/node.ts";
export { openCheckpointFile } from "./checkpoint/node.ts";
export * from "./index.ts";
