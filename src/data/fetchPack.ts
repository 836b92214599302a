// Reads files of data sets in a page or worker. The build copies them beside the scripts, under names of their own.

// As files, never inlined: the page may connect to its own origin only, and not to data: addresses.
const addresses = import.meta.glob<string>("../../datasets/*/pack/*", {
  query: "?url&no-inline",
  import: "default",
  eager: true,
});

/**
 * The bytes of a file of a data set. Where the server undoes gzip on the way they arrive unpacked.
 * @param path under datasets/, e.g. "digits/pack/images.idx3.gz"
 * @throws Error when it can't be fetched
 */
export async function fetchPack(path: string): Promise<Uint8Array> {
  const address = addresses[`../../datasets/${path}`];
  if (!address) throw new Error("it is not part of this build");
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
