import { describe, expect, it } from "vitest";
import { needsReference, reference, referencePath } from "../../../test/reference.ts";
import { clipUnits } from "../src/ground-truth/clip-units.ts";
import { readGroundTruth } from "../src/ground-truth/read-ground-truth.ts";

const groupsOf = (...ids: string[]) => Array.from(clipUnits(ids).groups);

describe("what is drawn when clips are drawn", () => {
  it("is all dynamics of an instrument's pitch, by TinySOL's names, in whatever folder", () => {
    const ids = ["BTb-ord-F#1-pp-N-N", "Brass/BTb-ord-F#1-ff-N-T2.opus", "BTb-ord-F1-pp-N-N", "Vn-ord-F#1-mf-4c-N"];
    expect(clipUnits(ids)).toEqual({ unit: "instrument-pitch group", groups: Int32Array.from([0, 0, 1, 2]) });
  });

  it("is all velocities of an instrument's pitch, by NSynth's names", () => {
    expect(
      groupsOf("bass_electronic_018-022-100", "bass_electronic_018-022-025", "bass_electronic_018-023-100"),
    ).toEqual([0, 0, 1]);
  });

  it("is each clip by itself as soon as one name says nothing of a pitch", () => {
    const ids = ["BTb-ord-F#1-pp-N-N", "BTb-ord-F#1-ff-N-N", "a-song-about-pitch"];
    expect(clipUnits(ids)).toEqual({ unit: "clip", groups: Int32Array.from([0, 1, 2]) });
  });

  it.skipIf(!reference)(`is one of 619 notes in the study's ground truth${needsReference}`, async () => {
    const { clipIds } = await readGroundTruth(referencePath("tinysol_groundtruth_reordered.csv"));
    const { unit, groups } = clipUnits(clipIds);
    // cut -d, -f1 FILE | tail -n +2 | cut -d- -f1,3 | sort -u | wc -l
    expect([unit, new Set(groups).size]).toEqual(["instrument-pitch group", 619]);
  });
});
