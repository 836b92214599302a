// The page's colours as a canvas needs them: read from the theme's tokens, and read again when the theme changes.

const tokens = ["bg", "muted", "d", "g", "real", "warn", "bad"] as const;

export type Token = (typeof tokens)[number];
export type Colors = Record<Token, string>;

/** The tokens' values now. A token that is not defined is drawn in the colour of the text. */
export function readColors(): Colors {
  const style = getComputedStyle(document.documentElement);
  const read = (token: Token) => [token, style.getPropertyValue(`--${token}`).trim() || style.color];
  return Object.fromEntries(tokens.map(read)) as Colors;
}

/** Calls `tell` when the page's theme or the system's changes. */
export function watchColors(tell: () => void): () => void {
  const observer = new MutationObserver(tell);
  observer.observe(document.documentElement, { attributes: true });
  const queries = ["(prefers-color-scheme: dark)", "(forced-colors: active)"].map((query) =>
    matchMedia(query),
  );
  for (const query of queries) query.addEventListener("change", tell);
  return () => {
    observer.disconnect();
    for (const query of queries) query.removeEventListener("change", tell);
  };
}
