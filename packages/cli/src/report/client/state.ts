/** What the reader has chosen; all of it is in the address after `#`, so that a view can be kept and sent. */
export interface State {
  readonly model: string;
  readonly prompts: string;
  readonly space: string;
  readonly rule: string;
  /** What answers in the confusion matrix: `prompts`, or the rule by which prototypes are made. */
  readonly answers: string;
  /** The id of a node of the ontology; empty for none. */
  readonly node: string;
  /** Of the triplet browser. */
  readonly triplet: string;
  readonly outcome: string;
  readonly order: string;
  /** Of the clip browser. */
  readonly find: string;
  readonly answer: string;
  readonly sort: string;
  readonly truth: string;
  readonly taken: string;
  readonly clip: string;
  readonly theme: string;
}

export type Change = Partial<State>;
type Listener = (state: State, changed: ReadonlySet<keyof State>) => void;

/** The state of the page, in the address bar. */
export class Store {
  #state: State;
  readonly #initial: State;
  readonly #listeners: Listener[] = [];
  readonly #valid: (state: State) => State;

  /**
   * @param initial - what holds where the address says nothing
   * @param valid - makes sense of a state that an address may hold
   */
  constructor(initial: State, valid: (state: State) => State) {
    this.#initial = initial;
    this.#valid = valid;
    this.#state = this.#read();
    addEventListener("hashchange", () => this.#become(this.#read()));
  }

  get state(): State {
    return this.#state;
  }

  /** Calls `listener` now, with every key as changed, and after each change. */
  follow(listener: Listener): void {
    this.#listeners.push(listener);
    listener(this.#state, new Set(Object.keys(this.#state) as (keyof State)[]));
  }

  set(change: Change): void {
    this.#become(this.#valid({ ...this.#state, ...change }));
    const hash = this.#hash();
    if (location.hash !== hash)
      history.replaceState(null, "", hash === "" ? location.pathname + location.search : hash);
  }

  #become(next: State): void {
    const keys = Object.keys(next) as (keyof State)[];
    const changed = new Set(keys.filter((key) => next[key] !== this.#state[key]));
    this.#state = next;
    if (changed.size > 0) for (const listener of this.#listeners) listener(next, changed);
  }

  #read(): State {
    const given = new URLSearchParams(location.hash.slice(1));
    const keys = Object.keys(this.#initial) as (keyof State)[];
    return this.#valid(
      Object.fromEntries(keys.map((key) => [key, given.get(key) ?? this.#initial[key]])) as unknown as State,
    );
  }

  #hash(): string {
    const changed = Object.entries(this.#state).filter(([key, value]) => value !== this.#initial[key as keyof State]);
    return changed.length === 0 ? "" : `#${new URLSearchParams(changed)}`;
  }
}
