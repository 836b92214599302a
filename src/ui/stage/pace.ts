// How often something may be drawn again: never faster than a pace, and not at all while nobody can see it.

export interface Pace {
  /** Something changed: draw soon. */
  request(): void;
  /** Whether it can be seen. What changed meanwhile is drawn when it comes into sight. */
  show(visible: boolean): void;
  stop(): void;
}

/** Draws at most once every `intervalMs()`; the last request is always served. Each drawing is a task of its own. */
export function createPace(draw: () => void, intervalMs: () => number): Pace {
  let wanted = false;
  let visible = true;
  let last = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function schedule() {
    if (!wanted || !visible || timer !== undefined) return;
    timer = setTimeout(serve, Math.max(0, last + intervalMs() - performance.now()));
  }

  function serve() {
    timer = undefined;
    if (!visible) return;
    wanted = false;
    last = performance.now();
    draw();
  }

  return {
    request() {
      wanted = true;
      schedule();
    },
    show(now) {
      visible = now;
      schedule();
    },
    stop() {
      clearTimeout(timer);
      wanted = false;
    },
  };
}

/** Calls `tell` whenever `element` comes into sight or leaves it, be it by scrolling or with its tab. */
export function watchSight(element: Element, tell: (visible: boolean) => void): () => void {
  let onScreen = true;
  const update = () => tell(onScreen && !document.hidden);
  const observer = new IntersectionObserver((entries) => {
    onScreen = entries.at(-1)!.isIntersecting;
    update();
  });
  observer.observe(element);
  document.addEventListener("visibilitychange", update);
  return () => {
    observer.disconnect();
    document.removeEventListener("visibilitychange", update);
  };
}
