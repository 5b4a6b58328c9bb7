// What the bundler (_bundle.py) fills in: in a bundle this file is replaced as a whole.

// The kernels of data/kernels by name: {size, parameters, source, lattice, weighted}.
export const KERNELS = {};

// The conditional models by name (see conditional-models.js).
export const CONDITIONAL_MODELS = {};

// The bundled Monte Carlo set (data/widgets/monte-carlo.json), or null without one.
export const MONTE_CARLO = null;

// The text of the worker's modules, from which a Worker is started; empty when not bundled.
export const WORKER_SOURCE = "";
