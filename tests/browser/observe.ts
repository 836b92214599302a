// What runs inside the page before it does: notes of shifts of the layout, and breaches of its policy.

declare global {
  interface Window {
    /** What has moved by itself, and how much. */
    shifts: { start: number; value: number; what: string }[];
  }
}

/** Sent to the page as text: it can use nothing outside itself. */
export function observe(): void {
  const shifts: Window["shifts"] = [];
  Object.assign(window, { shifts });
  const watch = (type: string, note: (entry: PerformanceEntry) => void) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });

  watch("layout-shift", (entry) => {
    const { value, sources } = entry as PerformanceEntry & { value: number; sources: { node?: Node }[] };
    const what = sources.map(({ node }) => node?.nodeName ?? "gone").join(", ");
    shifts.push({ start: entry.startTime, value, what });
  });
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    console.error(`Policy: ${violatedDirective} forbids ${blockedURI}`),
  );
}
