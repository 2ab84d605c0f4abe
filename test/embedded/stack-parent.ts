/** A parent to be killed: starts a stack on the folder given, says where it is, and stays. */
import { startStack } from '../../embedded/stack.ts';

const home = process.argv[2];
if (home === undefined) throw new Error('Which folder?');
const stack = await startStack({ home, timeSkipping: true, durable: false });
process.stdin.resume();
// Closed by the test, or by the kernel when the test is killed.
process.stdin.once('end', () => void stack.stop().then(() => process.exit(0)));
const { temporalAddress, temporalNamespace } = stack;
const databaseUrl = await stack.ensureDatabase('city');
process.stdout.write(`${JSON.stringify({ databaseUrl, temporalAddress, temporalNamespace })}\n`);
