// The operations networks are built from. Each has derivatives of any order on every engine.

export { addBias, biasLeakyRelu, pixelNorm } from "./activation.ts";
export { blend } from "./blend.ts";
export { conv, convTranspose, dense } from "./conv.ts";
export { channelSum } from "./reduce.ts";
export { downsample2x, upsample2x } from "./resample.ts";
export { scale } from "./scale.ts";
export { minibatchStddev } from "./stddev.ts";
