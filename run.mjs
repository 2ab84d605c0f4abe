// `node run.mjs start|test|bench|simulate|faults|zones`: the one way into a fresh clone. Runs on any Node from 20 on, with nothing
// installed; makes the dependencies right, then hands over to the project's own Node.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('.', import.meta.url));
const inProject = (...parts) => join(project, ...parts);
const bin = inProject('node_modules', '.bin');
const node = inProject('node_modules', 'node', 'bin', 'node');

const parent = process.ppid;
const [task, ...args] = process.argv.slice(2);
const tasks = {
  start: () => run(node, [inProject('start.ts'), ...args]),
  bench: () => run(node, [inProject('bench', 'main.ts'), ...args]),
  simulate: () => run(node, [inProject('simulate', 'main.ts'), ...args]),
  test,
  faults,
  zones,
};
const longRuns = ['random-restarts', 'deadline-storm', 'extension-race'].map(
  (name) => `test/faults/${name}.test.ts`,
);
const chosen = tasks[task];
if (chosen === undefined) {
  console.error('Usage: node run.mjs start|test|bench|simulate|faults|zones [arguments]');
  process.exit(2);
}
process.env.PATH = `${bin}${delimiter}${process.env.PATH ?? ''}`;
// glibc else keeps for each thread what it once needed: a fifth of what a worker of 10 000 tasks holds.
process.env.MALLOC_ARENA_MAX ??= '2';
process.env.MALLOC_TRIM_THRESHOLD_ ??= '131072';
await install();
process.exit(await chosen());

/** The checks, then the tests. With arguments only the tests that they name. Ends with one line of figures. */
async function test() {
  let failed = 0;
  if (args.length === 0) {
    const checks = [
      { name: 'types', command: 'tsc', flags: [] },
      { name: 'lint', command: 'oxlint', flags: ['--type-aware', '--deny-warnings'] },
      { name: 'format', command: 'oxfmt', flags: ['--check'] },
    ];
    for (const { name, command, flags } of checks) {
      const code = await run(command, flags);
      console.log(`Check of ${name}: ${code === 0 ? 'passed' : `FAILED (${[command, ...flags].join(' ')})`}`);
      if (code !== 0) failed += 1;
    }
  }
  await run(node, [inProject('test', 'prepare.ts')]);
  const folder = mkdtempSync(join(tmpdir(), 'dukao-test-'));
  const report = join(folder, 'report.json');
  const vitest = inProject('node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = await run(node, [vitest, 'run', ...reporters, ...args]);
  const figures = readReport(report);
  rmSync(folder, { recursive: true, force: true });
  failed += figures.failed;
  // Vitest also fails for what belongs to no test: an unhandled error, a set-up that broke, no report at all.
  if (code !== 0 && figures.failed === 0) failed += 1;
  console.log(`${figures.passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** Every test, or those that are named, once in each zone that a machine may be set to (fault 21). */
async function zones() {
  let failed = 0;
  for (const zone of ['UTC', 'Asia/Shanghai', 'America/Chicago']) {
    process.env.TZ = zone;
    const code = await run(node, [inProject('node_modules', 'vitest', 'vitest.mjs'), 'run', ...args]);
    console.log(`In ${zone}: ${code === 0 ? 'passed' : 'FAILED'}`);
    if (code !== 0) failed += 1;
  }
  return failed === 0 ? 0 : 1;
}

/**
 * The long random run: kill, restart, compare everything, for so many minutes, and storms of full size. One after
 * the other: each is a load of its own.
 */
function faults() {
  const [minutes = '10', ...named] = args;
  if (!(Number(minutes) > 0)) {
    console.error('Usage: npm run faults:long -- [minutes] [files], for example npm run faults:long -- 10');
    return 2;
  }
  process.env.DUKAO_FAULTS_MINUTES = minutes;
  const files = named.length > 0 ? named : longRuns;
  const vitest = inProject('node_modules', 'vitest', 'vitest.mjs');
  return run(node, [vitest, 'run', '--project', 'system', '--maxWorkers=1', ...files]);
}

function readReport(file) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    const brokenFiles = report.testResults.filter(
      (one) =>
        one.status === 'failed' && one.assertionResults.every((assertion) => assertion.status !== 'failed'),
    );
    return { passed: report.numPassedTests, failed: report.numFailedTests + brokenFiles.length };
  } catch {
    return { passed: 0, failed: 0 };
  }
}

/** npm writes `node_modules/.package-lock.json` last of all: an interrupted install leaves none. */
async function install() {
  const why = whatIsMissing();
  if (why === null) return;
  console.log(`Installing the dependencies (${why}) …`);
  const from = performance.now();
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const code = await run(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (code !== 0) {
    console.error(
      'The dependencies could not be installed: "npm ci" says why, above. It needs the npm registry.',
    );
    process.exit(1);
  }
  if (spawnSync(node, ['--version']).status !== 0) {
    console.error(
      `The project's own Node (${node}) does not run on this machine: ${process.platform}-${process.arch}.`,
    );
    process.exit(1);
  }
  console.log(`Dependencies installed in ${((performance.now() - from) / 1000).toFixed(0)} s`);
}

function whatIsMissing() {
  const wanted = packagesOf(inProject('package-lock.json'));
  if (wanted === null)
    throw new Error('package-lock.json is missing or damaged: take it from the repository again');
  const found = packagesOf(inProject('node_modules', '.package-lock.json'));
  if (found === null || !existsSync(node)) return 'not installed yet';
  for (const [path, { version, optional, devOptional }] of Object.entries(wanted)) {
    if (path === '' || (found[path] === undefined && (optional || devOptional))) continue;
    if (found[path]?.version !== version) return 'other than in the lock file';
  }
  return Object.keys(found).every((path) => path in wanted) ? null : 'more than in the lock file';
}

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages ?? null;
  } catch {
    return null;
  }
}

/**
 * Runs a program in our process group and waits for it; when interrupted, nothing comes after it. Ctrl-C in a
 * terminal reaches it without us, so with a terminal SIGINT is not passed on (npm passes it to us a second time
 * as well); a signal sent to us alone is. npm passes a signal to its shell only, which dies of it and leaves us:
 * then we are gone from under our parent.
 */
function run(command, flags) {
  return new Promise((resolve) => {
    const child = spawn(command, flags, { cwd: project, stdio: 'inherit' });
    const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
    let interrupted = false;
    let passedOn = -Infinity;
    const passOn = (signal) => {
      interrupted = true;
      const now = performance.now();
      if ((signal === 'SIGINT' && terminal) || now - passedOn < 500) return;
      passedOn = now;
      child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, passOn);
    const watch = process.env.npm_lifecycle_event === undefined ? undefined : setInterval(whetherLeft, 250);
    function whetherLeft() {
      if (process.ppid === parent) return;
      clearInterval(watch);
      if (!interrupted) passOn('SIGTERM');
    }
    const done = (code) => {
      clearInterval(watch);
      for (const signal of signals) process.off(signal, passOn);
      if (interrupted) process.exit(code);
      resolve(code);
    };
    child.once('error', (error) => {
      console.error(`${command} cannot be run: ${error.message}`);
      done(1);
    });
    child.once('exit', (code, signal) => done(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}
