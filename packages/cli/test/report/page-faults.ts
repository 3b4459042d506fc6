/** What makes a page hard to use, one line each; runs in the page as a string. */
export const pageFaults = `(() => {
  const faults = [];
  const shows = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
  const name = (e) =>
    (e.getAttribute("aria-label") ||
      [...(e.labels || [])].map((l) => l.textContent).join(" ") ||
      (e.matches("input, select") ? "" : e.textContent)).trim();
  const where = (e) => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + "." + e.className;
  for (const e of document.querySelectorAll("a, button, input, select, summary, [tabindex], [role=treeitem], [role=gridcell], [role=option]"))
    if (shows(e) && name(e) === "") faults.push("no name: " + where(e));
  for (const e of document.querySelectorAll("img")) if (!e.alt) faults.push("no alt: " + e.src.slice(0, 40));
  for (const e of document.querySelectorAll("table")) {
    if (e.caption === null || e.caption.textContent.trim() === "") faults.push("no caption: " + where(e));
    if (e.querySelector("th[scope=col]") === null) faults.push("no column headers: " + where(e));
    for (const th of e.querySelectorAll("th")) if (!th.hasAttribute("scope")) faults.push("no scope: " + th.textContent);
  }
  for (const e of document.querySelectorAll("fieldset")) if (!e.querySelector("legend")) faults.push("no legend: " + where(e));
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) faults.push("id twice: " + id);
  for (const e of document.querySelectorAll("[aria-labelledby], [aria-activedescendant]"))
    for (const key of ["aria-labelledby", "aria-activedescendant"])
      if (e.hasAttribute(key) && !document.getElementById(e.getAttribute(key))) faults.push(key + " points to nothing: " + where(e));
  let level = 0;
  for (const e of document.querySelectorAll("h1, h2, h3, h4, h5")) {
    if (Number(e.tagName[1]) > level + 1) faults.push("heading jumps to " + e.tagName + ": " + e.textContent);
    level = Number(e.tagName[1]);
  }
  const numbers = (colour) => {
    const parts = colour.match(/[\\d.e-]+/g).map(Number);
    const scale = colour.startsWith("color(") ? 255 : 1;
    return { rgb: parts.slice(0, 3).map((p) => p * scale), alpha: parts[3] ?? 1 };
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((p) => (p / 255 <= 0.03928 ? p / 255 / 12.92 : ((p / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (e) => {
    for (let at = e; at !== null; at = at.parentElement) {
      const { rgb, alpha } = numbers(getComputedStyle(at).backgroundColor);
      if (alpha === 1) return rgb;
      if (alpha > 0) throw new Error("half transparent: " + where(at));
    }
    return [255, 255, 255];
  };
  const seen = new Set();
  for (const e of document.querySelectorAll("body *")) {
    const hasText = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim() !== "");
    if (!hasText || !shows(e) || e.closest("script, style, noscript")) continue;
    const style = getComputedStyle(e);
    const [a, b] = [light(numbers(style.color).rgb), light(behind(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const needed = parseFloat(style.fontSize) >= 24 ? 3 : 4.5;
    if (ratio < needed) seen.add("contrast " + ratio.toFixed(2) + ": " + where(e) + " " + e.textContent.slice(0, 20));
  }
  return [...faults, ...seen];
})()`;
