// Small choices kept from visit to visit. Browsers may refuse storage: then they last as long as the page.

const prefix = "pggan-playground:";

/** What was remembered under `key`, if anything. */
export function recall(key: string): string | undefined {
  try {
    return localStorage.getItem(prefix + key) ?? undefined;
  } catch {
    return undefined;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(prefix + key, value);
  } catch {
    // Storage is off or full. The choice still holds until the page closes.
  }
}
