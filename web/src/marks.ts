// Every text that the page shows passes here, and shows what it hides: nobody has to think of it.

import { options } from 'preact';
import { mark } from 'nudge-client';

/** What is read aloud, or shown where there is no text. Values of inputs stay as they are: they are sent. */
const SPOKEN = ['aria-label', 'title', 'alt', 'placeholder'];

/** Preact's node of a text has no type, and the text in place of the properties. */
interface Node {
  type: unknown;
  props: unknown;
}

export function markEverything(): void {
  const before = options.vnode;
  options.vnode = (vnode) => {
    const node = vnode as unknown as Node;
    if (node.type === null && typeof node.props === 'string') node.props = mark(node.props);
    else if (typeof node.type === 'string') markSpoken(node.props as Record<string, unknown>);
    before?.(vnode);
  };
}

function markSpoken(props: Record<string, unknown>): void {
  for (const name of SPOKEN) {
    const text = props[name];
    if (typeof text === 'string') props[name] = mark(text);
  }
}
