// Images at fewer pixels, by means of blocks: the view of PGGAN's pyramid, for floats.

/**
 * Writes the image [from,from,C] at `offset` as [to,to,C] into `out` from `start`.
 * @param to a divisor of `from`
 */
export function shrink(
  images: Float32Array,
  offset: number,
  from: number,
  to: number,
  channels: number,
  out: Float32Array,
  start = 0,
): void {
  const block = from / to;
  out.fill(0, start, start + to ** 2 * channels);
  for (let y = 0; y < from; y++)
    for (let x = 0; x < from; x++) {
      const place = start + (Math.floor(y / block) * to + Math.floor(x / block)) * channels;
      const at = offset + (y * from + x) * channels;
      for (let c = 0; c < channels; c++) out[place + c] = out[place + c]! + images[at + c]! / block ** 2;
    }
}
