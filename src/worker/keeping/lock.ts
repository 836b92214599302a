// One run, one tab: two that saved the same run would write over each other.

/**
 * Takes the run's lock among all tabs of this page.
 * @returns what gives it back; undefined where another tab has it
 */
export function lockRun(id: string): Promise<(() => void) | undefined> {
  // The types promise locks in every browser; pages that are not served securely have none.
  const locks = navigator.locks as LockManager | undefined;
  if (!locks) return Promise.resolve(() => {});
  return new Promise((resolve, reject) => {
    locks
      .request(`pggan-playground/run/${id}`, { ifAvailable: true }, (lock) => {
        if (!lock) return resolve(undefined);
        return new Promise<void>((release) => resolve(release));
      })
      .catch(reject);
  });
}
