import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Connections } from './connections.ts';

test('a slow reader gets all of an answer that was written before its connection was to be closed', async () => {
  const answer = Buffer.alloc(30_000_000, 'x');
  const server = createServer((_req, res) => void res.writeHead(200, { 'Content-Length': answer.length }).end(answer));
  const connections = new Connections(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(server, 'request');
  await new Promise((resolve) => setImmediate(resolve));

  const closed = connections.close();
  // Longer than an idle caller is given.
  await new Promise((resolve) => setTimeout(resolve, 300));
  let received = 0;
  for await (const chunk of socket) received += (chunk as Buffer).length;
  expect(received).toBeGreaterThan(answer.length);
  await closed;
});
