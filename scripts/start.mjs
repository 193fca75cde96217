// `npm start`: set-up, page, then the whole product on its embedded store.
import './setup.mjs';
import { spawn } from 'node:child_process';
import { buildPage } from './page.mjs';

buildPage();
process.env.WATCHPOST_DATA ??= 'data';
const product = spawn('node_modules/.bin/node', ['packages/watchpost/bin/watchpost.mjs', 'up', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => product.kill(signal));
product.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 0)));
