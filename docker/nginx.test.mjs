import { once } from 'node:events';
import { createServer, request as plainRequest } from 'node:http';
import { request } from 'node:https';
import { WebSocketServer, WebSocket } from 'ws';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { findNginx, startNginx } from './test-nginx.mjs';

const isInstalled = findNginx() !== undefined;
if (!isInstalled)
  console.log('nginx or openssl is not installed, so docker/nginx/exact.conf is not tried (apt-get install nginx).');

// A small app: Ann may see image 1, Bob may not; image 2 is for everybody but its tiles are made for each person.
const TILE = Buffer.from('the bytes of a tile');
const seen = [];
let requests = [];
function answer(req, res) {
  requests.push(`${req.method} ${req.url}`);
  seen.push(req.headers);
  const user = /user=(\w+)/.exec(req.headers.cookie ?? '')?.[1];
  const [, image, rest] = /^\/api\/v2\/images\/(\d+)\/(.*)$/.exec(req.url) ?? [];
  const status = !user ? 401 : (image === '1' && user === 'ann') || image === '2' ? 200 : image === '3' ? 403 : 404;
  if (rest === 'access') return res.writeHead(status === 200 ? 204 : status).end();
  if (rest?.startsWith('tiles/') || rest?.startsWith('deepzoom_files/')) {
    if (status !== 200)
      return res.writeHead(status, { 'content-type': 'application/problem+json' }).end(`{"status":${status}}`);
    const headers = {
      etag: '"tile"',
      'content-type': 'image/jpeg',
      'cache-control': 'private, max-age=31536000, immutable',
    };
    if (image === '1') headers['x-accel-expires'] = '86400';
    return res.writeHead(200, headers).end(image === '1' ? TILE : `for ${user}`);
  }
  if (req.url === '/api/v2/uploads/slow') {
    return req.once('data', (chunk) => res.writeHead(200).end(`first bytes: ${chunk}`)); // answers before the body is complete
  }
  if (req.method === 'POST') return req.resume().on('end', () => res.end('read'));
  res.writeHead(200, { 'x-frame-options': 'SAMEORIGIN' }).end('page');
}

let app;
let nginx;

/** One request over TLS with the certificate checked. */
function call(path, { cookie, method = 'GET', headers = {}, body, base = nginx.url } = {}) {
  return new Promise((resolve, reject) => {
    const send = base.startsWith('https') ? request : plainRequest;
    const options = { method, ca: nginx.certificate, headers: { ...headers, ...(cookie && { cookie }) }, agent: false };
    const req = send(base + path, options, (res) => {
      const chunks = [];
      res.on('data', (chunk) => chunks.push(chunk));
      res.on('end', () =>
        resolve({ status: res.statusCode, headers: res.headers, text: Buffer.concat(chunks).toString() }),
      );
    });
    req.on('error', reject);
    if (typeof body === 'function') body(req);
    else req.end(body);
  });
}

describe.runIf(isInstalled)('docker/nginx/exact.conf', () => {
  beforeAll(async () => {
    app = createServer(answer).listen(0, '127.0.0.1');
    await once(app, 'listening');
    const sockets = new WebSocketServer({ server: app, path: '/api/v2/live' });
    sockets.on('connection', (socket) => socket.on('message', (text) => socket.send(`echo ${text}`)));
    nginx = await startNginx(`http://127.0.0.1:${app.address().port}`);
  });
  afterAll(async () => {
    await nginx?.stop();
    app?.closeAllConnections();
    app?.close();
  });
  beforeEach(() => {
    requests = [];
  });

  it('passes the check of nginx', () => {
    expect(nginx.check.output).toContain('test is successful');
    expect(nginx.check.output).not.toContain('[warn]');
    expect(nginx.check.code).toBe(0);
  });

  it('sends visitors without TLS to TLS', async () => {
    const { status, headers } = await call('/a?b=1', { base: nginx.plainUrl, headers: { host: 'exact.example.org' } });
    expect([status, headers.location]).toEqual([308, 'https://exact.example.org/a?b=1']);
  });

  it('adds the security headers that the app did not set, once each', async () => {
    const { headers } = await call('/');
    expect(headers).toMatchObject({
      'strict-transport-security': 'max-age=31536000',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'x-frame-options': 'SAMEORIGIN',
    });
    expect(headers.server).toBe('nginx');
  });

  it('does not pass on what a visitor claims to be', async () => {
    seen.length = 0;
    await call('/', {
      headers: { 'x-forwarded-for': '10.0.0.1', 'x-forwarded-proto': 'gopher', forwarded: 'for=10.0.0.1' },
    });
    expect(seen[0]).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https' });
    expect(seen[0]).not.toHaveProperty('forwarded');
    expect(seen[0]['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
  });

  it('serves a tile from the cache, and still asks the app for the right each time', async () => {
    const path = '/api/v2/images/1/tiles/0/3/4';
    const first = await call(path, { cookie: 'user=ann' });
    const second = await call(path, { cookie: 'user=ann' });
    expect([first.text, second.text]).toEqual([TILE.toString(), TILE.toString()]);
    expect([first.headers['x-exact-cache'], second.headers['x-exact-cache']]).toEqual(['MISS', 'HIT']);
    expect(second.headers).toMatchObject({ etag: '"tile"', 'cache-control': 'private, max-age=31536000, immutable' });
    expect(requests).toEqual(['GET /api/v2/images/1/access', `GET ${path}`, 'GET /api/v2/images/1/access']);
  });

  it('answers 304 from the cache to a browser that has the tile', async () => {
    const path = '/api/v2/images/1/tiles/0/3/4';
    const { status } = await call(path, { cookie: 'user=ann', headers: { 'if-none-match': '"tile"' } });
    expect(status).toBe(304);
  });

  it.each([
    ['a stranger', undefined, 1, 401],
    ['a user to whom the image does not exist', 'user=bob', 1, 404],
    ['a user who may not', 'user=bob', 3, 403],
  ])('never gives a kept tile to %s: the app itself refuses', async (_who, cookie, image, expected) => {
    const path = `/api/v2/images/${image}/tiles/0/3/4`;
    const { status, headers, text } = await call(path, { cookie });
    expect([status, text]).toEqual([expected, `{"status":${expected}}`]);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(requests).toEqual([`GET /api/v2/images/${image}/access`, `GET ${path}`]);
  });

  it('keeps nothing that the app did not release, and tells queries apart', async () => {
    expect((await call('/api/v2/images/2/tiles/0/0/0', { cookie: 'user=ann' })).text).toBe('for ann');
    expect((await call('/api/v2/images/2/tiles/0/0/0', { cookie: 'user=bob' })).text).toBe('for bob');
    const planes = ['', '?z=1', '?z=2'].map((query) =>
      call(`/api/v2/images/1/tiles/1/0/0${query}`, { cookie: 'user=ann' }),
    );
    expect((await Promise.all(planes)).map(({ headers }) => headers['x-exact-cache'])).toEqual([
      'MISS',
      'MISS',
      'MISS',
    ]);
  });

  it('does not let another spelling of a path reach the kept tile of a foreign image', async () => {
    for (const path of [
      '/api/v2/images/2/tiles/../../1/tiles/0/3/4',
      '/api/v2/images/2/tiles/%2e%2e/%2e%2e/1/tiles/0/3/4',
      '/api/v2/images//1/tiles/0/3/4',
      '/api/v2/images/1%2ftiles/0/3/4',
    ]) {
      const { status, text } = await call(path, { cookie: 'user=bob' });
      expect([path, status === 200 && text === TILE.toString()]).toEqual([path, false]);
    }
    requests = [];
    expect((await call('/_access', { cookie: 'user=ann' })).status).toBe(403); // not to be called from outside
    expect(requests).toEqual([]);
  });

  it('passes uploads on while they arrive', async () => {
    const { text } = await call('/api/v2/uploads/slow', {
      method: 'PATCH',
      headers: { 'content-length': 1_000_000 },
      body: (req) => void req.write('abc'), // the rest never comes
    });
    expect(text).toBe('first bytes: abc');
  });

  it('refuses bodies above the limits, which are wider for uploads', async () => {
    const body = Buffer.alloc(33 * 2 ** 20);
    expect((await call('/api/v2/uploads', { method: 'POST', body })).status).toBe(200);
    // nginx answers from the length alone; sending what it will not read would only break the connection
    const tooLong = {
      method: 'POST',
      headers: { 'content-length': body.length },
      body: (req) => void req.flushHeaders(),
    };
    expect((await call('/api/v2/annotations', tooLong)).status).toBe(413);
  });

  it('carries the live stream', async () => {
    const socket = new WebSocket(`${nginx.url.replace('https', 'wss')}/api/v2/live`, { ca: nginx.certificate });
    await once(socket, 'open');
    socket.send('hello');
    const [text] = await once(socket, 'message');
    expect(String(text)).toBe('echo hello');
    socket.close();
    await once(socket, 'close');
  });

  it('says in our form of errors when the app is away, for tiles as well, and logs no faults before', async () => {
    expect(nginx.errors()).not.toMatch(/\[(crit|alert|emerg)\]|unexpected status/);
    app.closeAllConnections();
    app.close();
    await once(app, 'close');
    for (const path of ['/', '/api/v2/images/1/tiles/0/3/4']) {
      const { status, headers, text } = await call(path, { cookie: 'user=ann' });
      expect([path, status, headers['content-type']]).toEqual([path, 503, 'application/problem+json']);
      expect(JSON.parse(text)).toMatchObject({ status: 503, code: 'UPSTREAM_UNAVAILABLE' });
    }
  });
});
