// A bare node:http server to compare with, as a process of its own.
//   node anchor-server.ts constant PORT FILE     answers that file from memory, whatever is asked
//   node anchor-server.ts transcode PORT FOLDER  decodes and encodes the tile file at the path: what a server does that cannot pass on
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import sharp from 'sharp';

const [mode, port, source = ''] = process.argv.slice(2);

function send(res: ServerResponse, bytes: Buffer): void {
  res.writeHead(200, ['Content-Type', 'image/jpeg', 'Content-Length', String(bytes.length)]);
  res.end(bytes);
}

async function transcode(path: string, res: ServerResponse): Promise<void> {
  try {
    send(
      res,
      await sharp(await readFile(join(source, path)))
        .jpeg({ quality: 80 })
        .toBuffer(),
    );
  } catch {
    res.writeHead(404).end();
  }
}

sharp.concurrency(1);
sharp.cache(false);
const constant = mode === 'constant' ? readFileSync(source) : undefined;
createServer((req, res) => {
  if (constant) send(res, constant);
  else void transcode(req.url ?? '/', res);
}).listen(Number(port), '127.0.0.1');
