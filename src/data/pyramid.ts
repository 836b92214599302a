// The resolution pyramid: PGGAN's 2×2 box, applied as often as needed, in one go.

/**
 * Writes `image` shrunk from `from` to `to` pixels a side: every pixel is the mean of the block it stands for, which is
 * what halving with a 2×2 box again and again comes to. Nothing is rounded on the way.
 *
 * @param image [from,from,C], any range
 * @param to `from` or a smaller power of two
 * @param out gets [to,to,C] from `offset`
 * @throws RangeError when `to` does not divide `from`
 */
export function downsample(
  image: ArrayLike<number>,
  from: number,
  to: number,
  channels: number,
  out: Float32Array,
  offset = 0,
): void {
  const block = from / to;
  if (!Number.isInteger(block)) throw new RangeError(`An image of ${from} px has no view at ${to} px.`);
  const row = from * channels;

  for (let y = 0; y < to; y++)
    for (let x = 0; x < to; x++)
      for (let c = 0; c < channels; c++) {
        const corner = y * block * row + x * block * channels + c;
        let sum = 0;
        for (let dy = 0; dy < block; dy++)
          for (let dx = 0; dx < block; dx++) sum += image[corner + dy * row + dx * channels]!;
        out[offset++] = sum / block ** 2;
      }
}
