/** What `--ontology` calls all of ours together: only triplets that each of them confirms. */
export const AGREED = "agreed";

/** What `--ontology` takes besides files. They are here by themselves, so that a help text needs no ontology. */
export const ONTOLOGY_NAMES = ["doktorski", "audioset", "hornbostel-sachs", "musicbrainz-types", AGREED] as const;

/** How the files end that it takes. */
export const ONTOLOGY_EXTENSIONS = [".csv", ".json", ".jsonld", ".ttl"] as const;
