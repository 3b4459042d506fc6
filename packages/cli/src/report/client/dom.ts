/** Attributes of an element; `undefined` and `false` leave one out. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * An element with attributes and children. Text comes in as text nodes only, so that a label with HTML in it is shown and not
 * obeyed.
 */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly (Node | string | undefined)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  setAttributes(made, attributes);
  for (const child of children) if (child !== undefined) made.append(child);
  return made;
}

export function setAttributes(of: Element, attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) of.removeAttribute(key);
    else of.setAttribute(key, value === true ? "" : String(value));
  }
}

/** An element of the page that must be there. */
export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element ${id}`);
  return found as E;
}

/** A select box with its label. */
export function selectBox(
  id: string,
  label: string,
  options: readonly (readonly [value: string, text: string])[],
  onChange: (value: string) => void,
): HTMLLabelElement {
  const select = element("select", { id }, ...options.map(([value, text]) => element("option", { value }, text)));
  select.addEventListener("change", () => onChange(select.value));
  return element("label", { class: "field" }, element("span", {}, label), select);
}

/** A row of buttons of which one is chosen: native radio buttons, so that arrow keys and screen readers know them. */
export function choiceRow(
  name: string,
  legend: string,
  options: readonly (readonly [value: string, text: string])[],
  onChange: (value: string) => void,
): HTMLFieldSetElement {
  return element(
    "fieldset",
    { class: "choices", id: name },
    element("legend", {}, legend),
    element(
      "div",
      { class: "segments" },
      ...options.map(([value, text]) => {
        const input = element("input", { type: "radio", name, value });
        input.addEventListener("change", () => onChange(value));
        return element("label", {}, input, element("span", {}, text));
      }),
    ),
  );
}

/** A box to search in, with its label. */
export function searchBox(id: string, label: string, onInput: (text: string) => void): HTMLLabelElement {
  const input = element("input", { type: "search", id, autocomplete: "off", spellcheck: "false" });
  input.addEventListener("input", () => onInput(input.value));
  return element("label", { class: "field search" }, element("span", {}, label), input);
}

/** Shows what the state says in the controls of that name. */
export function showChoice(name: string, value: string): void {
  for (const input of document.querySelectorAll<HTMLInputElement>(`#${name} input`))
    input.checked = input.value === value;
}
