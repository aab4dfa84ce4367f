/** How much a configuration may ask for. Tenants send configurations, and modules that use modules twice each multiply. */
export const MAX_NODES = 10_000;
export const MAX_MODULE_DEPTH = 32;

/** Each hint compares a name with all others, which a text full of mistakes must not turn into hours. */
export const MAX_HINTS = 50;

export const TOO_MANY_NODES = `the configuration has more than ${MAX_NODES} components`;
export const TOO_DEEP_MODULES = `modules are nested more than ${MAX_MODULE_DEPTH} levels deep`;
