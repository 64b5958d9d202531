'use strict';
const { spawn } = require('node:child_process');
const { join } = require('node:path');
const { ROOT } = require('./tasks.cjs');

const READY_MS = 120_000;
const STOP_MS = 20_000;

/** Runs scripts/start as a person would, until it says `ready`; `stop` is a person's Ctrl-C. */
function startSystem(env) {
  const child = spawn(process.execPath, [join(ROOT, 'scripts', 'start')], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((done) => child.on('close', done));
  const stop = async () => {
    child.kill('SIGINT');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  };
  return new Promise((done, failed) => {
    const timer = setTimeout(() => void stop().then(() => failed(new Error('the system was not ready in two minutes'))), READY_MS);
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
      if (!/^ready /m.test(output)) return;
      clearTimeout(timer);
      done({ stop, pid: child.pid });
    });
    void ended.then((code) => {
      clearTimeout(timer);
      failed(new Error(`scripts/start ended with ${code}`));
    });
  });
}

module.exports = { startSystem };
