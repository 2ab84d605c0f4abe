// `node run.mjs start|test|bench`: the one way into a fresh clone. Runs on any Node from 20 on, with nothing
// installed; makes the dependencies right, then hands over to the project's own Node.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('.', import.meta.url));
const inProject = (...parts) => join(project, ...parts);
const bin = inProject('node_modules', '.bin');
const node = inProject('node_modules', 'node', 'bin', 'node');

const [task, ...args] = process.argv.slice(2);
const tasks = {
  start: () => run(node, [inProject('start.ts'), ...args]),
  bench: () => run(node, [inProject('bench', 'main.ts'), ...args]),
  test,
};
const chosen = tasks[task];
if (chosen === undefined) {
  console.error('Usage: node run.mjs start|test|bench [arguments]');
  process.exit(2);
}
process.env.PATH = `${bin}${delimiter}${process.env.PATH ?? ''}`;
await install();
process.exit(await chosen());

/** The checks, then the tests. With arguments only the tests that they name. Ends with one line of figures. */
async function test() {
  let failed = 0;
  if (args.length === 0) {
    const checks = [
      ['types', 'tsc', []],
      ['lint', 'oxlint', ['--type-aware', '--deny-warnings']],
      ['format', 'oxfmt', ['--check']],
    ];
    for (const [name, command, flags] of checks) {
      const code = await run(command, flags);
      console.log(
        code === 0 ? `Check of ${name}: passed` : `Check of ${name}: FAILED (${command} ${flags.join(' ')})`,
      );
      if (code !== 0) failed += 1;
    }
  }
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

/** Installed means: from exactly this lock file, to the end. npm writes no mark for that; we do. */
async function install() {
  const mark = inProject('node_modules', '.dukao-installed');
  const wanted = createHash('sha256')
    .update(readFileSync(inProject('package-lock.json')))
    .digest('hex');
  const found = existsSync(mark) ? readFileSync(mark, 'utf8') : null;
  if (found === wanted && existsSync(node)) return;
  const why = found === null ? 'not installed yet' : 'the lock file has changed';
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
  writeFileSync(mark, wanted);
  console.log(`Dependencies installed in ${((performance.now() - from) / 1000).toFixed(0)} s`);
}

/**
 * Runs a program in our process group and waits for it. Ctrl-C in a terminal reaches it without us, so with a
 * terminal SIGINT is not passed on (npm passes it to us a second time as well); a signal sent to us alone is.
 */
function run(command, flags) {
  return new Promise((resolve) => {
    const child = spawn(command, flags, { cwd: project, stdio: 'inherit' });
    const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
    let passedOn = 0;
    const passOn = (signal) => {
      const now = performance.now();
      if ((signal === 'SIGINT' && terminal) || now - passedOn < 500) return;
      passedOn = now;
      child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, passOn);
    const done = (code) => {
      for (const signal of signals) process.off(signal, passOn);
      resolve(code);
    };
    child.once('error', (error) => {
      console.error(`${command} cannot be run: ${error.message}`);
      done(1);
    });
    child.once('exit', (code, signal) => done(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}
