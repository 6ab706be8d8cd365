/** Makes an element with properties and children. Texts are inserted as text, never as markup. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name === 'className' ? 'class' : name, value === true ? '' : String(value));
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** An error message with a button to retry. */
export const failure = (message, again) =>
  h(
    'div',
    { className: 'error', role: 'alert' },
    h('p', {}, message),
    again && h('button', { type: 'button', className: 'button quiet', onclick: again }, 'Try again'),
  );

/** Milliseconds for which a message is shown, long enough to read two lines. */
const TOAST_MS = 6_000;

let toastTimer;

/** Shows a message for a few seconds, and announces it to screen readers. */
export function toast(text) {
  const element = byId('toast');
  element.textContent = text;
  element.classList.add('shown');
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => element.classList.remove('shown'), TOAST_MS);
}
