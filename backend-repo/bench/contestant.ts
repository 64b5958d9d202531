import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** On a free port of this machine. */
export function listen(target: { listen: (port: number, host: string, done: () => void) => Server }): Promise<string> {
  return new Promise((resolve) => {
    const server = target.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

/** Runs one contestant of a bench in this process and tells the bench when it listens. It answers `cpu` with the CPU milliseconds it has used. */
export async function serveToBench(serve: () => Promise<object>): Promise<void> {
  process.on('message', (question) => {
    if (question === 'cpu') process.send!({ cpuMs: (process.cpuUsage().user + process.cpuUsage().system) / 1000 });
    if (question === 'stop') process.exit(0);
  });
  process.on('disconnect', () => process.exit(0));
  process.send!(await serve());
}
