// When the page has been painted: what is not needed for the first picture waits for it.

/** Resolves, in a task of its own, once the page was painted as it is now. A page that can't be seen is not painted. */
export function painted(): Promise<void> {
  return new Promise((resolve) => {
    if (document.hidden) setTimeout(resolve);
    else requestAnimationFrame(() => setTimeout(resolve));
  });
}
