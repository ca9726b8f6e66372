type Child = Node | string | null | undefined;
type Attributes = { [name: string]: string | boolean | ((event: Event) => void) | undefined };

/**
 * Makes an element. Texts become text nodes and nothing else: names of nodes and words of the control plane come from strangers, so this plugin never
 * parses HTML. `on…` attributes take functions.
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes,
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, '');
    else if (typeof value === 'string') made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** An icon of the font that Node-RED brings; it says nothing that the text beside it does not say. */
export function icon(name: string): HTMLElement {
  return element('i', { class: `fa fa-${name}`, 'aria-hidden': 'true' });
}

export type ButtonLook = { icon?: string; isPrimary?: boolean; disabled?: boolean; title?: string };

/** A button in Node-RED's look. */
export function button(text: string, onClick: () => void, look: ButtonLook = {}): HTMLButtonElement {
  const attributes = {
    type: 'button',
    // Node-RED marks the colours of its own buttons as important, so the primary one is none of them.
    class: look.isPrimary === true ? 'sluice-primary' : 'red-ui-button',
    onclick: onClick,
    disabled: look.disabled === true,
    title: look.title,
    ...(text === '' ? { 'aria-label': look.title } : {}),
  };
  return element(
    'button',
    attributes,
    look.icon === undefined ? null : icon(look.icon),
    look.icon === undefined || text === '' ? text : ` ${text}`,
  );
}
