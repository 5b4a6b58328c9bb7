// Symmetric kernels of the single-layer model: the same conventions as inverse_rg.kernels.
//
// A kernel is {size: k, parameters: [...]}; the parameters follow offsetClasses(k). Spins are 0/1
// in Uint8Arrays (1 is up), row-major; fields are those of spins of +-1 (Eq. 9 of arXiv:2506.04016).

export const LARGEST_KERNEL_SIZE = 15;
export const LARGEST_PARAMETER = 20;

const KERNEL_FORMAT = "inverse_rg kernel";

export function checkKernelSize(size) {
  if (!Number.isInteger(size) || size < 1 || size > LARGEST_KERNEL_SIZE || size % 2 === 0) {
    throw new Error(`the kernel size must be odd, from 1 to ${LARGEST_KERNEL_SIZE}, got ${JSON.stringify(size)}`);
  }
  return size;
}

// The classes (dy, dx), dy >= dx >= 0, of offsets that the square's symmetries make equal.
export function offsetClasses(size) {
  const reach = (checkKernelSize(size) - 1) / 2;
  const classes = [];
  for (let dy = 0; dy <= reach; dy++) for (let dx = 0; dx <= dy; dx++) classes.push([dy, dx]);
  return classes;
}

// The coarse steps own, near, far, second near, ... = 0, 1, -1, 2, ... of a window, times the side
// (-1 or +1) on which a fine spin sits in its block.
export function windowSteps(width) {
  return Array.from({ length: width }, (_, i) => (i % 2 === 1 ? (i + 1) / 2 : 0 - i / 2));
}

// Check numbers against a kernel size and return them as a new array, or say what is wrong.
export function checkParameters(size, parameters) {
  const classes = offsetClasses(size);
  if (!Array.isArray(parameters) && !ArrayBuffer.isView(parameters)) {
    throw new Error("the parameters must be a list of numbers");
  }
  if (parameters.length !== classes.length) {
    throw new Error(`a ${size} x ${size} kernel has ${classes.length} parameters, got ${parameters.length}`);
  }
  return Array.from(parameters, (value, i) => {
    if (typeof value !== "number" || !Number.isFinite(value) || Math.abs(value) > LARGEST_PARAMETER) {
      throw new Error(
        `parameter (${classes[i]}) must be a number between -${LARGEST_PARAMETER} and ${LARGEST_PARAMETER}, got ${JSON.stringify(value)}`,
      );
    }
    return value;
  });
}

// The symmetric matrix A, Float64Array (n * n), n = (k + 1)/2, that acts on a coarse window:
// a fine spin on sides (a, b) has the field h = sum_pq A[p, q] mu[Y + a step_p, X + b step_q].
export function windowOf(size, parameters) {
  const values = checkParameters(size, parameters);
  const width = (size + 1) / 2;
  const quadrant = new Float64Array((width + 1) * (width + 1)); // zero beyond the reach
  offsetClasses(size).forEach(([dy, dx], i) => {
    quadrant[dy * (width + 1) + dx] = quadrant[dx * (width + 1) + dy] = values[i];
  });
  const window = new Float64Array(width * width);
  for (let p = 0; p < width; p++) {
    for (let q = 0; q < width; q++) {
      // On either side, entry p of a window collects the kernel distances p and p + 1.
      const corner = p * (width + 1) + q;
      window[p * width + q] =
        quadrant[corner] + quadrant[corner + 1] + quadrant[corner + width + 1] + quadrant[corner + width + 2];
    }
  }
  return window;
}

// The probability that a spin in the field h is up: exp(h) / (2 cosh h).
export function upProbability(field) {
  return 1 / (1 + Math.exp(-2 * field));
}

// Read a kernel file of the package; every trouble is an Error whose message can be shown.
export function parseKernel(text) {
  let content;
  try {
    content = JSON.parse(text);
  } catch {
    throw new Error("this file is not a kernel: it is not valid JSON");
  }
  if (content === null || typeof content !== "object" || content.format !== KERNEL_FORMAT) {
    throw new Error(`this file is not a kernel: its format must be "${KERNEL_FORMAT}"`);
  }
  if (content.version !== 1) {
    throw new Error(`this kernel file has version ${JSON.stringify(content.version)}; version 1 can be read`);
  }
  const keys = offsetClasses(content.size).map(String);
  const given = content.parameters;
  if (given === null || typeof given !== "object" || Array.isArray(given)) {
    throw new Error("this kernel file must map offset classes to numbers");
  }
  const missing = keys.filter((key) => !(key in given));
  const foreign = Object.keys(given).filter((key) => !keys.includes(key));
  if (missing.length || foreign.length) {
    throw new Error(
      `a ${content.size} x ${content.size} kernel file must have the parameters ${keys.join(" ")}` +
        (missing.length ? `; missing: ${missing.join(" ")}` : "") +
        (foreign.length ? `; unknown: ${foreign.join(" ")}` : ""),
    );
  }
  const parameters = checkParameters(content.size, keys.map((key) => given[key]));
  return { size: content.size, parameters };
}

// The text of a kernel file that the package and this page can read.
export function kernelText(kernel, source) {
  const keys = offsetClasses(kernel.size).map(String);
  const values = checkParameters(kernel.size, kernel.parameters);
  const content = {
    format: KERNEL_FORMAT,
    version: 1,
    size: kernel.size,
    convention:
      "p(s) = exp(s h) / (2 cosh h) on spins of +-1, h = kernel * upscaled coarse spins (Eq. 9 of arXiv:2506.04016); parameters keyed by the offset class 'dy,dx' with dy >= dx >= 0",
    parameters: Object.fromEntries(keys.map((key, i) => [key, values[i]])),
    provenance: { source },
  };
  return JSON.stringify(content, null, 2) + "\n";
}
