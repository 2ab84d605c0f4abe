/**
 * Before any test: a Temporal server that can travel in time. One that was built earlier, else it is built
 * now, where there is Go; a test must not spend its own time limit on that. Without Go the tests take what
 * way to Temporal there is.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inheritedEnvironment } from '../config.ts';
import { messageOf, timed, type Say } from '../embedded/cannot-start.ts';
import { openStateFolder } from '../embedded/state-folder.ts';
import { buildServer, findBuiltServer } from '../embedded/temporal-build.ts';

const say: Say = (line) => console.log(line);
const env = inheritedEnvironment();

if (findBuiltServer(env) === null) {
  const state = await openStateFolder(mkdtempSync(join(tmpdir(), 'dukao-prepare-')), say);
  try {
    const built = await timed(say, 'Temporal server', () => buildServer(env, state.family, say));
    if (built === null) say('There is no Go on PATH: the tests use another way to Temporal');
  } catch (error) {
    say(`The Temporal server could not be built: ${messageOf(error)}`);
  } finally {
    await state.family.stopAll();
    state.close();
  }
}
