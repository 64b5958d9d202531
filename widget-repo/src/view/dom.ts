// The few DOM steps that the view is made of. Text only ever goes in as text: there is no HTML to escape.

type Child = Node | string | null;
type Attributes = Readonly<Record<string, string | boolean | null>>;

export function el<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Writes only what differs, so that a redraw neither disturbs a selection nor repeats a live region. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element: Element, name: string, value: string | boolean | null): void {
  if (value === null || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
    return;
  }
  const text = value === true ? '' : value;
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

export function show(element: Element, shown: boolean): void {
  setAttribute(element, 'hidden', !shown);
}

export function setValue(input: HTMLInputElement | HTMLSelectElement, value: string): void {
  if (input.value !== value) input.value = value;
}

let count = 0;

/** Labels and hints are joined by id; ids are local to the shadow root. */
export function nextId(): string {
  count += 1;
  return `ow${count}`;
}
