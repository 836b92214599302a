// What counts of real data come to: how far from the data a finite sample looks, though it is the data.

/**
 * Expected KL(sample‖data) of `n` draws from the data itself, in nats: the bias of the plug-in estimate, exactly, as a sum
 * over what a binomial count can be. Near (K-1)/(2n) where n is many times K.
 * @param frequencies of the modes, adding up to 1
 */
export function klBias(n: number, frequencies: readonly number[]): number {
  const alike = new Map<number, number>();
  for (const p of frequencies) alike.set(p, (alike.get(p) ?? 0) + 1);
  let sum = 0;
  for (const [p, times] of alike)
    sum += times * binomialMean(n, p, (c) => (c === 0 ? 0 : (c / n) * Math.log(c / (n * p))));
  return sum;
}

/** Mean of `value` over the number of hits in `n` trials of chance `p`. */
function binomialMean(n: number, p: number, value: (hits: number) => number): number {
  if (p <= 0) return value(0);
  if (p >= 1) return value(n);
  const odds = Math.log(p) - Math.log1p(-p);
  let [log, sum] = [n * Math.log1p(-p), 0];
  for (let hits = 0; hits <= n; hits++) {
    if (hits > 0) log += Math.log((n - hits + 1) / hits) + odds;
    if (log > -50) sum += Math.exp(log) * value(hits);
    else if (hits > n * p) break;
  }
  return sum;
}

/**
 * KL(q‖p) in nats of counts against frequencies (Karras et al. 2018, appendix D: the "reverse" KL, finite where modes are
 * missing). Nothing where nothing was counted.
 */
export function klDivergence(counts: ArrayLike<number>, frequencies: readonly number[]): number | null {
  const total = sumOf(counts);
  if (total === 0) return null;
  let sum = 0;
  for (let k = 0; k < counts.length; k++) {
    const q = counts[k]! / total;
    if (q > 0) sum += q * Math.log(q / frequencies[k]!);
  }
  return Math.max(0, sum); // rounding may leave -1e-17
}

/** exp of the entropy of counts: how many modes in equal shares would be as varied. 0 where nothing was counted. */
export function effectiveModes(counts: ArrayLike<number>): number {
  const total = sumOf(counts);
  if (total === 0) return 0;
  let entropy = 0;
  for (let k = 0; k < counts.length; k++) {
    const q = counts[k]! / total;
    if (q > 0) entropy -= q * Math.log(q);
  }
  return Math.exp(entropy);
}

export function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}
