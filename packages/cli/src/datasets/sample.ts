import type { DatasetModule } from "./dataset.ts";
import { readTinysol, tinysol } from "./tinysol.ts";

/**
 * The notes that ship with irec, of the instruments and in the naming of TinySOL. The whole data set that they are from, which
 * `npm run sample` makes, is read as well, by its folder.
 */
export const sample: DatasetModule = {
  name: "sample",
  title: "irec sample",
  version: "1",
  summary: "single notes of TinySOL's 14 instruments, rendered from a sound font; for demonstration; 16 kHz, mono",
  homepage: "https://www.npmjs.com/package/@irec/cli",
  licence: { name: "MIT", url: "https://opensource.org/license/mit" },
  citation: `@misc{irecsample,
  title = {The irec sample: notes of {FluidR3\\_GM}, a sound font by Frank Wen},
  note  = {Version 1, part of the npm package @irec/cli}
}`,
  folder: "irec_sample",
  clipCount: 246,
  labels: tinysol.labels,
  files: [],
  shipped: "sample",
  readClips: (folder, options) => readTinysol(folder, { dataset: "sample", places: ["metadata.csv"] }, options),
};
