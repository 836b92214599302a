// Between two latents: along the great circle, as latents from N(0,1) lie near a sphere, and a normalised z on it.

/**
 * `steps` latents from `a` to `b`, both among them, [steps,Z]: directions turn at an even pace (Shoemake 1985), lengths
 * change evenly. Where the two point in opposite directions no great circle is the shortest; then, as for equal directions, the
 * straight line is taken.
 */
export function slerp(a: ArrayLike<number>, b: ArrayLike<number>, steps: number): Float32Array<ArrayBuffer> {
  const Z = a.length;
  const [lengthA, lengthB] = [lengthOf(a), lengthOf(b)];
  const angle = angleBetween(a, b);
  const sine = Math.sin(angle);
  const path = new Float32Array(steps * Z);
  for (let i = 0; i < steps; i++) {
    const t = steps > 1 ? i / (steps - 1) : 0;
    const length = (1 - t) * lengthA + t * lengthB;
    const isTurn = sine > 1e-6;
    const [ofA, ofB] = isTurn
      ? [
          (Math.sin((1 - t) * angle) / sine / lengthA) * length,
          (Math.sin(t * angle) / sine / lengthB) * length,
        ]
      : [1 - t, t];
    for (let k = 0; k < Z; k++) path[i * Z + k] = ofA * a[k]! + ofB * b[k]!;
  }
  // To the bit: the ends are the very latents.
  path.set(a);
  if (steps > 1) path.set(b, (steps - 1) * Z);
  return path;
}

/** The angle between two latents, in radians; 0 where one has no direction. */
export function angleBetween(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let product = 0;
  for (let k = 0; k < a.length; k++) product += a[k]! * b[k]!;
  const lengths = lengthOf(a) * lengthOf(b);
  return lengths > 0 ? Math.acos(Math.min(1, Math.max(-1, product / lengths))) : 0;
}

function lengthOf(z: ArrayLike<number>): number {
  let squares = 0;
  for (let k = 0; k < z.length; k++) squares += z[k]! ** 2;
  return Math.sqrt(squares);
}
