/**
 * Node's `http`, as handlers get it. An `import` of the module itself reads each of its exports, and one of them loads all of undici:
 * 15 ms of a cold start for a class that no handler uses.
 */
export = process.getBuiltinModule('node:http');
