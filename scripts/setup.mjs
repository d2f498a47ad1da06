// Makes a clone ready for an npm script: `node scripts/setup.mjs start|test|bench|cluster|observe|browsers`.
// Runs before anything is installed, so it and what it imports use Node alone. Does nothing, fast, when
// nothing is missing.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 11)) {
  console.error(`Partyline needs Node.js 20.11 or later; this is ${process.versions.node}.`);
  process.exit(1);
}

const purpose = process.argv[2] ?? '';
if (!['start', 'test', 'bench', 'cluster', 'observe', 'browsers'].includes(purpose)) {
  console.error('Usage: node scripts/setup.mjs start|test|bench|cluster|observe|browsers');
  process.exit(1);
}

try {
  const { installPackages } = await import('./setup/node-packages.mjs');
  await installPackages();
  if (purpose === 'cluster' || purpose === 'observe') {
    const { missingPrograms, installPrograms } = await import('./setup/system-programs.mjs');
    await installPrograms(missingPrograms({ withPython: false, only: 'redis-server' }));
    if (purpose === 'observe') {
      // Worth having and not needed: the status page works without it.
      await installPrograms(missingPrograms({ withPython: false, only: 'prometheus' })).catch((error) =>
        console.error(`Going on without Prometheus: ${error.message}`),
      );
    }
  } else if (purpose === 'browsers') {
    const { missingBrowsers, installPrograms } = await import('./setup/system-programs.mjs');
    await installPrograms(missingBrowsers());
  } else if (purpose !== 'start') {
    const { missingPrograms, installPrograms } = await import('./setup/system-programs.mjs');
    const { pythonIsReady, preparePython } = await import('./setup/python-venv.mjs');
    const withPython = !pythonIsReady();
    await installPrograms(missingPrograms({ withPython }));
    if (withPython) await preparePython();
    const { codecModulesAreThere, buildCodecModules } = await import('./setup/codec-modules.mjs');
    if (!codecModulesAreThere()) await buildCodecModules();
  }
} catch (error) {
  console.error(`Setup failed: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
