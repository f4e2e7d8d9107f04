import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { programOf, startServer } from './server-process.ts';

// Runs a command beside the servers that the tests under test/real/ speak to. What is missing is a failure, never a
// skipped test: a suite that passes because it did not run is worse than none.

const NEEDED: Readonly<Record<string, string>> = {
  moto_server: "pip install 'moto[server]==5.2.1'",
  'cfn-lint': 'pip install cfn-lint==1.51.0',
  'docker-registry': 'apt-get install docker-registry',
  skopeo: 'apt-get install skopeo',
  chromium: 'apt-get install chromium',
  kubectl: 'apt-get install kubernetes-client',
  aws: "pip install 'awscli==1.45.11'",
};

const missing = Object.keys(NEEDED).filter((name) => programOf(name) === undefined);
for (const name of missing) console.error(`${name} is missing. To install it: ${NEEDED[name]}`);
if (missing.length > 0) process.exit(1);

const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  console.error('usage: node test/real/with-servers.ts <command> [argument…]');
  process.exit(2);
}

const moto = await startServer('moto_server', ['-H', '127.0.0.1', '-p', '0'], /Running on (http:\/\/127\.0\.0\.1:\d+)/);
const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, GREENROOM_TEST_MOTO: moto.address } });
// The terminal gives both of us its Ctrl-C: we stay until the command has ended, so that no server is left behind.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill());
try {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  process.exitCode = code ?? 128 + constants.signals[signal ?? 'SIGTERM'];
} finally {
  await moto.stop();
}
