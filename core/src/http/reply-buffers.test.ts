import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, it } from 'vitest';
import { giveBackReplyBuffer, takeReplyBuffer } from './reply-buffers.ts';

const MIB = 1024 * 1024;

it('gives the same room again only after it was given back, and once', () => {
  const first = takeReplyBuffer(MIB - 5);
  const second = takeReplyBuffer(MIB);
  expect(first).toHaveLength(MIB - 5);
  expect(second.buffer).not.toBe(first.buffer);
  giveBackReplyBuffer(first);
  giveBackReplyBuffer(first);
  const [third, fourth] = [takeReplyBuffer(MIB - 9), takeReplyBuffer(MIB - 9)];
  expect(third.buffer).toBe(first.buffer);
  expect(third).toHaveLength(MIB - 9);
  expect(fourth.buffer).not.toBe(first.buffer);
});

it('takes nothing that it did not give, and keeps 32 MiB at most', () => {
  const own = new Uint8Array(2 * MIB);
  giveBackReplyBuffer(own);
  giveBackReplyBuffer(Buffer.from('short, from a pool of Node'));
  expect(takeReplyBuffer(2 * MIB).buffer).not.toBe(own.buffer);
  const small = takeReplyBuffer(100);
  giveBackReplyBuffer(small);
  expect(takeReplyBuffer(100).buffer).not.toBe(small.buffer);
  const many = Array.from({ length: 5 }, () => takeReplyBuffer(8 * MIB));
  many.forEach(giveBackReplyBuffer);
  const again = Array.from({ length: 5 }, () => takeReplyBuffer(8 * MIB).buffer);
  expect(again.filter((buffer) => many.some((room) => room.buffer === buffer)).length).toBeLessThanOrEqual(4);
});

it('may have room back when Node says that an answer is finished: a client that does not read holds it', async () => {
  const answering = Promise.withResolvers<{ room: Uint8Array; response: ServerResponse }>();
  const server = createServer((_, response) => {
    const room = takeReplyBuffer(16 * MIB).fill(7); // more than the system takes for a client that does not read
    response.end(room);
    answering.resolve({ room, response });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  const { room, response } = await answering.promise;
  expect(response.writableFinished).toBe(false);
  response.once('finish', () => {
    room.fill(9); // as the next answer would
  });
  const pieces: Buffer[] = [];
  for await (const piece of client as AsyncIterable<Buffer>) pieces.push(piece);
  const body = Buffer.concat(pieces).subarray(-16 * MIB);
  expect(Buffer.compare(body, Buffer.alloc(16 * MIB, 7))).toBe(0);
  expect(room[0]).toBe(9);
  server.close();
});
