const listeners = new Set();

/** Calls the listener whenever the address changes. */
export const onNavigate = (listener) => listeners.add(listener);

/**
 * Changes the address without loading the page again.
 * @param replace whether the new address replaces the current one in the browser's history
 */
export function navigate(address, { replace = false } = {}) {
  history[replace ? 'replaceState' : 'pushState'](null, '', address);
  changed();
}

addEventListener('popstate', changed);

// Handles a plain click on a link of this site. Clicks with a modifier key or another button may
// open a new tab, so the browser handles them.
addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || url.pathname !== '/' || link.target || link.hasAttribute('download')) return;
  if (link.getAttribute('href')?.startsWith('#') && !url.hash.startsWith('#/')) return;
  event.preventDefault();
  navigate(`/${url.search}${url.hash}`);
});

function changed() {
  for (const listener of listeners) listener();
}
