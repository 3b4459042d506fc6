/** What the user has when the disk says no before there is a checkpoint. */
export const NOTHING_TRAINED = "Nothing was trained.";

/** What the user has when the disk says no afterwards. */
export const KEPT = "The last checkpoint is kept; the same command continues from it.";
