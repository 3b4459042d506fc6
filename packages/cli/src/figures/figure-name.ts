/** A file name from parts that may be any text, such as the name of a model. */
export function figureName(parts: readonly string[]): string {
  return parts
    .map((part) =>
      part
        .replace(/[^A-Za-z0-9._+-]+/g, "_")
        .replace(/^\.+/, "_")
        .slice(0, 80),
    )
    .join("-");
}
