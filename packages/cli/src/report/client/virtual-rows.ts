import { element } from "./dom.ts";

/** Rows above and below those in view that are there too, so that scrolling shows no gaps. */
const MARGIN = 8;

/** A list of any length of which only the rows in view are in the page. */
export class VirtualRows {
  readonly #frame: HTMLElement;
  readonly #inner: HTMLElement;
  readonly #make: (row: number) => HTMLElement;
  #count = 0;
  #height = 0;
  #first = 0;
  #end = 0;

  /**
   * @param frame - what scrolls
   * @param role - of the element around the rows
   * @param make - a row's element; it is as high as the custom property --row-height of the frame
   */
  constructor(frame: HTMLElement, role: string, make: (row: number) => HTMLElement) {
    this.#frame = frame;
    this.#make = make;
    this.#inner = element("div", { class: "virtual-inner", role });
    frame.append(this.#inner);
    frame.addEventListener("scroll", () => this.#show(), { passive: true });
    new ResizeObserver(() => this.#measure()).observe(frame);
  }

  /** Shows another list, from its start. */
  reset(count: number): void {
    this.#count = count;
    this.#frame.scrollTop = 0;
    this.#measure();
  }

  /** Makes the rows in view anew. */
  refresh(): void {
    this.#first = this.#end = 0;
    this.#show();
  }

  /** Brings a row into view. */
  reveal(row: number): void {
    const [top, bottom] = [row * this.#height, (row + 1) * this.#height];
    if (top < this.#frame.scrollTop) this.#frame.scrollTop = top;
    else if (bottom > this.#frame.scrollTop + this.#frame.clientHeight)
      this.#frame.scrollTop = bottom - this.#frame.clientHeight;
    this.#show();
  }

  /** How many rows fit into the view. */
  get visible(): number {
    return Math.max(1, Math.floor(this.#frame.clientHeight / this.#height));
  }

  #measure(): void {
    this.#height = Number.parseFloat(getComputedStyle(this.#frame).getPropertyValue("--row-height"));
    this.#inner.style.height = `${this.#count * this.#height}px`;
    this.refresh();
  }

  #show(): void {
    const top = Math.floor(this.#frame.scrollTop / this.#height);
    const first = Math.max(0, top - MARGIN);
    const end = Math.min(this.#count, top + this.visible + 1 + MARGIN);
    if (first === this.#first && end === this.#end) return;
    [this.#first, this.#end] = [first, end];
    const rows: HTMLElement[] = [];
    for (let row = first; row < end; row++) {
      const made = this.#make(row);
      made.style.transform = `translateY(${row * this.#height}px)`;
      rows.push(made);
    }
    this.#inner.replaceChildren(...rows);
  }
}
