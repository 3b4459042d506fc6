/** What is to be said of a comparison as a whole, each once. */
export class Notes {
  readonly #texts = new Set<string>();

  add(text: string): void {
    this.#texts.add(text);
  }

  get texts(): readonly string[] {
    return [...this.#texts];
  }
}
