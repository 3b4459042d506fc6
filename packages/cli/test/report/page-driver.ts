import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "../../../../test/chromium.ts";

/** Where pictures of pages go, for people; git ignores it and CI may keep it. */
const PICTURES = fileURLToPath(new URL("../../../../test-output/report/", import.meta.url));

export interface View {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: "light" | "dark";
}

/** A page as a person uses it: by mouse and by keys. */
export class DrivenPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  static async open(browser: Browser, address: string, view: View = {}): Promise<DrivenPage> {
    const { width = 1280, height = 900, scheme = "light" } = view;
    const driven = new DrivenPage(await browser.open("about:blank"));
    const metrics = { width, height, deviceScaleFactor: 1, mobile: false };
    await driven.page.send("Emulation.setDeviceMetricsOverride", metrics);
    await driven.media(scheme);
    await driven.go(address);
    return driven;
  }

  /** Opens an address, and waits for the script of a report. */
  async go(address: string): Promise<void> {
    await this.page.send("Page.navigate", { url: "about:blank" });
    await this.page.send("Page.navigate", { url: address });
    await this.until("document.documentElement?.dataset.ready !== undefined");
  }

  /** Sets what the system asks for; nothing moves by itself, so that a click meets what it aims at. */
  async media(scheme: "light" | "dark", media = "screen"): Promise<void> {
    const features = [
      { name: "prefers-color-scheme", value: scheme },
      { name: "prefers-reduced-motion", value: "reduce" },
    ];
    await this.page.send("Emulation.setEmulatedMedia", { media, features });
  }

  async until(condition: string): Promise<void> {
    for (let i = 0; i < 200; i++) {
      const holds = await this.page.evaluate<boolean>(`Boolean(${condition})`).catch(() => false);
      if (holds) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`never true in the page: ${condition}`);
  }

  /** The text of an element, as it is shown. */
  text(selector: string): Promise<string> {
    return this.page.evaluate(`document.querySelector(${JSON.stringify(selector)}).innerText`);
  }

  texts(selector: string): Promise<string[]> {
    return this.page.evaluate(`[...document.querySelectorAll(${JSON.stringify(selector)})].map((e) => e.innerText)`);
  }

  attribute(selector: string, name: string): Promise<string | null> {
    return this.page.evaluate(
      `document.querySelector(${JSON.stringify(selector)}).getAttribute(${JSON.stringify(name)})`,
    );
  }

  /** The attribute of what has the focus. */
  focused(name: string): Promise<string | null> {
    return this.page.evaluate(`document.activeElement.getAttribute(${JSON.stringify(name)})`);
  }

  focus(selector: string): Promise<unknown> {
    return this.page.evaluate(`void document.querySelector(${JSON.stringify(selector)}).focus()`);
  }

  async click(selector: string): Promise<void> {
    const { x, y } = await this.#middleOf(selector);
    for (const type of ["mousePressed", "mouseReleased"])
      await this.page.send("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
  }

  async hover(selector: string): Promise<void> {
    const { x, y } = await this.#middleOf(selector);
    await this.page.send("Input.dispatchMouseEvent", { type: "mouseMoved", x, y });
  }

  #middleOf(selector: string): Promise<{ x: number; y: number }> {
    return this.page.evaluate(`(() => {
      const found = document.querySelector(${JSON.stringify(selector)});
      found.scrollIntoView({ block: "center", behavior: "instant" });
      const { x, y, width, height } = found.getBoundingClientRect();
      return { x: x + width / 2, y: y + height / 2 };
    })()`);
  }

  /** Presses keys by their names, one after the other. */
  async press(...keys: string[]): Promise<void> {
    for (const key of keys) {
      const text = key === "Enter" ? "\r" : key.length === 1 ? key : undefined;
      const windowsVirtualKeyCode = CODES[key] ?? key.toUpperCase().charCodeAt(0);
      const event = { key, windowsVirtualKeyCode };
      await this.page.send("Input.dispatchKeyEvent", {
        type: text === undefined ? "rawKeyDown" : "keyDown",
        text,
        ...event,
      });
      await this.page.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
    }
  }

  async type(text: string): Promise<void> {
    await this.page.send("Input.insertText", { text });
  }

  /** What follows `#` in the address. */
  async hash(): Promise<Record<string, string>> {
    return Object.fromEntries(new URLSearchParams(await this.page.evaluate<string>("location.hash.slice(1)")));
  }

  async picture(name: string): Promise<void> {
    const { data } = await this.page.send("Page.captureScreenshot", { format: "png", captureBeyondViewport: true });
    mkdirSync(PICTURES, { recursive: true });
    writeFileSync(`${PICTURES}${name}.png`, Buffer.from(data, "base64"));
  }
}

const CODES: Readonly<Record<string, number>> = {
  ...{ Tab: 9, Enter: 13, Escape: 27, PageUp: 33, PageDown: 34, End: 35, Home: 36 },
  ...{ ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39, ArrowDown: 40 },
};
