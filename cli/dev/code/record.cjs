// Node loads this file in each process of the app (NODE_OPTIONS). It records the sources of the
// functions' code, so that a changed file can be built and deployed without a synth. The sources
// are folders that become assets, runs of esbuild for these assets, and bundles of cdk-breakwater.
// When a process ends, it writes its record, if there is any, as a JSON file. The name of this file
// starts with the value of BREAKWATER_RECORD.
const childProcess = require('node:child_process');
const { writeFileSync } = require('node:fs');
const Module = require('node:module');
const { sep } = require('node:path');

const file = process.env.BREAKWATER_RECORD;
const STAGING = /(^|[\\/])asset-staging(\.js)?$/;

if (file !== undefined) {
  const record = { assets: [], bundles: [], sources: [] };
  let runs;

  globalThis[Symbol.for('cdk-breakwater.bundles')] = (bundle) => record.bundles.push(bundle);

  const { spawnSync } = childProcess;
  childProcess.spawnSync = (...call) => {
    const [command, args, options] = call;
    runs?.push({ command, args: Array.isArray(args) ? args : [], cwd: String(options?.cwd ?? process.cwd()) });
    return spawnSync(...call);
  };

  const { _load: load } = Module;
  const wrapped = new WeakMap();
  Module._load = (...call) => {
    const [request] = call;
    const loaded = load(...call);
    if (!STAGING.test(request) || typeof loaded?.AssetStaging !== 'function' || wrapped.has(loaded)) return loaded;
    wrapped.set(loaded, true);
    loaded.AssetStaging = new Proxy(loaded.AssetStaging, {
      construct(target, args, newTarget) {
        const own = [];
        runs = own;
        try {
          const staging = Reflect.construct(target, args, newTarget);
          const { exclude = [], bundling, assetHash, extraHash } = args[2] ?? {};
          record.assets.push({
            hash: staging.assetHash,
            source: staging.sourcePath,
            staged: staging.absoluteStagedPath,
            packaging: staging.packaging,
            bundled: bundling !== undefined,
            filtered: exclude.length > 0 || assetHash !== undefined || extraHash !== undefined,
            runs: own,
          });
          return staging;
        } finally {
          runs = undefined;
        }
      },
    });
    return loaded;
  };

  process.on('exit', () => {
    if (record.assets.length === 0 && record.bundles.length === 0) return;
    record.sources = Object.keys(require.cache).filter((name) => !name.includes(`${sep}node_modules${sep}`));
    writeFileSync(`${file}-${process.pid}.json`, JSON.stringify(record));
  });
}
