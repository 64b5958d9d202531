'use strict';
// What scripts/start and scripts/test share. Plain CommonJS, so that any Node from 20 on runs it with nothing installed.
const { spawn } = require('node:child_process');
const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { createServer } = require('node:net');
const { join, resolve } = require('node:path');

const ROOT = resolve(__dirname, '..', '..');
const BACKEND = join(ROOT, 'backend-repo');
const WIDGET = join(ROOT, 'widget-repo');
const NODE_MIN = [20, 19];

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return;
  process.stderr.write(`Node ${NODE_MIN.join('.')} or newer is needed; this is ${process.versions.node}.\n`);
  process.exit(1);
}

/**
 * Runs a command to its end. Its output is shown as it comes, or kept and shown only when it fails.
 * @returns {Promise<string>} what it printed
 */
function run(command, args, { cwd = ROOT, env = {}, quiet = false } = {}) {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (stream) => (chunk) => {
      output += chunk;
      if (!quiet) stream.write(chunk);
    };
    child.stdout.on('data', take(process.stdout));
    child.stderr.on('data', take(process.stderr));
    child.on('error', failed);
    child.on('close', (code) => {
      if (code === 0) return done(output);
      if (quiet) process.stderr.write(output);
      failed(Object.assign(new Error(`${command} ${args.join(' ')} ended with ${code}`), { output }));
    });
  });
}

/** `npm ci`, unless what is installed was installed from this very lockfile by this kind of machine. */
async function install(folder) {
  const stamp = createHash('sha256').update(readFileSync(join(folder, 'package-lock.json'))).update(`${process.platform} ${process.arch}`).digest('hex');
  const stampFile = join(folder, 'node_modules', '.installed-from');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, quiet: true });
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  writeFileSync(stampFile, stamp);
}

const npm = (folder, script, args = [], options = {}) => run('npm', ['run', '--silent', script, ...(args.length > 0 ? ['--', ...args] : [])], { cwd: folder, ...options });

/**
 * Starts a long-running npm script in a process group of its own. Its standard input is a pipe we hold: if we are killed, the pipe closes and
 * the script stops by itself.
 */
function service(folder, script, env, onLine) {
  const child = spawn('npm', ['run', '--silent', script], { cwd: folder, env: { ...process.env, ...env, STOP_WITH_STDIN: '1' }, stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  let rest = '';
  child.stdout.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) onLine(line);
  });
  const ended = new Promise((done) => child.on('close', done));
  return {
    ended,
    stop: async () => {
      child.stdin.end();
      const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), 15_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

function freePort() {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

module.exports = { ROOT, BACKEND, WIDGET, requireNode, run, install, npm, service, freePort };
